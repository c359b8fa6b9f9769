import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, StartFailure } from "../local/failure.ts";
import { isAlive } from "../local/process/identity.ts";
import { logTail } from "../local/process/log-file.ts";
import { until } from "../local/process/wait.ts";
import { buildWorker, findGo } from "../local/steps/go.ts";
import { expectHealthy } from "../local/steps/health.ts";
import type { Deployment } from "./serverless.ts";
import type { StackDir } from "./stack-dir.ts";

/** What runs beside the emulator and has sources of its own. */
const services = ["gateway", "worker"] as const;
type Service = (typeof services)[number];

/** How long a service may take to be ready, when it is replaced its stop included, in milliseconds. */
const readyTimeoutMs = 90_000;

/** Notes which versions of gateway and worker run. */
export function noteVersions(root: string, stack: StackDir): void {
  for (const service of services) noteVersion(stack, service, versionOf(service, root, stack));
}

/**
 * Builds the worker, and replaces gateway and worker where they are not what runs; answers which. The supervisor starts
 * what has ended anew.
 */
export async function replaceChanged({ config, stack, settings }: Deployment): Promise<Service[]> {
  const { root, environment: env } = config;
  await buildWorker({ go: await findGo(config.searchPath), root, binDir: stack.bin, env });
  const changed = services.filter((service) => notedVersion(stack, service) !== versionOf(service, root, stack));
  for (const service of changed) {
    await replace(stack, service, settings);
    noteVersion(stack, service, versionOf(service, root, stack));
  }
  return changed;
}

/** Waits until gateway and worker can do their work. Throws a StartFailure with the log of one that cannot. */
export async function servicesReady({ stack, settings }: Deployment): Promise<void> {
  await Promise.all(
    services.map((service) =>
      until(() => expectReady(service, settings), whenReady(service)).catch(explain(stack, service)),
    ),
  );
}

async function replace(stack: StackDir, service: Service, settings: Deployment["settings"]): Promise<void> {
  const before = pidOf(stack, service);
  if (before !== undefined && isAlive(before)) process.kill(before, "SIGTERM");
  const look = async () => {
    const pid = pidOf(stack, service);
    if (pid === undefined || pid === before) throw new Error("it was not started again");
    await expectReady(service, settings);
  };
  await until(look, whenReady(service)).catch(explain(stack, service));
}

function expectReady(service: Service, settings: Deployment["settings"]): Promise<void> {
  const port = service === "gateway" ? settings.PORT_GATEWAY_METRICS : settings.PORT_WORKER_METRICS;
  return expectHealthy(`http://127.0.0.1:${port}/readyz`);
}

function whenReady(service: Service): { timeoutMs: number; what: string } {
  return { timeoutMs: readyTimeoutMs, what: `The ${service} did not become ready` };
}

function explain(stack: StackDir, service: Service): (error: unknown) => never {
  return (error) => {
    const log = stack.log(service);
    throw new StartFailure(`${messageOf(error)}\nThe end of ${log}:\n${logTail(log)}`, { cause: error });
  };
}

function pidOf(stack: StackDir, service: Service): number | undefined {
  try {
    return Number(readFileSync(join(stack.run, `${service}.pid`), "utf8")) || undefined;
  } catch {
    return undefined; // It is being started again.
  }
}

/** A digest of everything that the service is made from: the worker's binary, the gateway's sources and packages. */
function versionOf(service: Service, root: string, stack: StackDir): string {
  const files =
    service === "worker"
      ? [join(stack.bin, "worker")]
      : globSync(["{core,grpc-gateway,proto}/**/*", "package-lock.json"], { cwd: root, exclude: ["**/*.test.ts"] })
          .map((name) => join(root, name))
          .filter((path) => statSync(path).isFile())
          .sort();
  const digest = createHash("sha256");
  for (const file of files) digest.update(`${file}\0`).update(readFileSync(file));
  return digest.digest("hex");
}

function noteVersion(stack: StackDir, service: Service, version: string): void {
  writeFileSync(join(stack.run, `${service}.version`), version);
}

function notedVersion(stack: StackDir, service: Service): string | undefined {
  try {
    return readFileSync(join(stack.run, `${service}.version`), "utf8");
  } catch {
    return undefined;
  }
}
