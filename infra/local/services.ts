import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Ports, ServicePorts } from "./config.ts";
import type { StateDir } from "./state-dir.ts";
import { expectHealthy } from "./steps/health.ts";
import type { ComponentSpec } from "./supervisor/component.ts";

/** What the specifications of our own services are made from. */
export interface ServiceContext<P extends ServicePorts = ServicePorts> {
  root: string;
  state: StateDir;
  ports: P;
  env: Record<string, string>;
}

/** What counts as healthy: that a service can do its work, or that it makes progress, be it by waiting for something. */
export type ServiceHealth = "readyz" | "livez";

/**
 * V8 collects its garbage before it makes the heap larger: half the memory at full speed, for a tenth more of the
 * gateway's CPU (docs/decisions/gateway-memory.md).
 */
const gatewayHeap = ["--max-semi-space-size=8", "--heap-growing-percent=100"];

/** grpc-gateway: the status service and the relay. */
export function gatewaySpec(context: ServiceContext, health: ServiceHealth): ComponentSpec {
  const args = [...gatewayHeap, "grpc-gateway/main.ts"];
  return service(context, "gateway", process.execPath, args, `${context.ports.PORT_GATEWAY_METRICS}/${health}`);
}

/** worker-go, from its built binary. */
export function workerSpec(context: ServiceContext, binary: string, health: ServiceHealth): ComponentSpec {
  return service(context, "worker", binary, [], `${context.ports.PORT_WORKER_METRICS}/${health}`);
}

/** The Lambda handlers in serverless-offline, run by node itself so that the started process is the serving one. */
export function httpSpec(context: ServiceContext<Ports>): ComponentSpec {
  const { PORT_HTTP, PORT_LAMBDA } = context.ports;
  const args = [
    ...["--import", pathToFileURL(join(context.root, "infra/local/offline/preload.ts")).href],
    join(context.root, "node_modules/serverless/bin/serverless.js"),
    ...["offline", "start", "--useInProcess", "--noSponsor", "--host", "127.0.0.1"],
    ...["--httpPort", String(PORT_HTTP), "--lambdaPort", String(PORT_LAMBDA)],
  ];
  const bundles = { ORDERS_BUNDLE_DIR: relative(context.root, context.state.bundles) };
  const env = { ...context.env, ...bundles };
  return service({ ...context, env }, "http", process.execPath, args, `${PORT_HTTP}/health`);
}

function service(
  { root, state, env }: ServiceContext,
  name: string,
  command: string,
  args: string[],
  health: string,
): ComponentSpec {
  return {
    name,
    launch: { command, args },
    cwd: root,
    env,
    logFile: state.log(name),
    ready: () => expectHealthy(`http://127.0.0.1:${health}`),
    readyTimeoutMs: 60_000,
    // Longer than the services' own graces (D10), so that these decide.
    graceMs: 30_000,
  };
}
