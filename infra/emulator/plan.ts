import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { LocalConfig } from "../local/config.ts";
import { readEnvFile } from "../local/env-file.ts";
import { messageOf } from "../local/failure.ts";
import type { SystemPlan } from "../local/plan.ts";
import type { ServiceContext } from "../local/services.ts";
import { expectHealthy } from "../local/steps/health.ts";
import type { ComponentSpec } from "../local/supervisor/component.ts";
import { lockHolder, takeLock } from "../local/supervisor/lock.ts";
import { type EmulatorPort, emulatorAddress } from "./address.ts";
import type { EmulatorConfig, EmulatorPorts } from "./config.ts";
import { emulatedAws, redeployStack } from "./serverless.ts";
import type { StackDir } from "./stack-dir.ts";

/** What the plan of the local stack is made from. */
export interface EmulatorPlan {
  config: EmulatorConfig;
  stack: StackDir;
  /** The folder of the emulator's program. */
  programs: string;
  report: (line: string) => void;
}

/** `npm run deploy:local`: the handlers in Lambda functions of a local AWS emulator. */
export function emulatorPlan(plan: EmulatorPlan): SystemPlan<EmulatorPorts> {
  return {
    ports: plan.config.ports,
    // Not those of npm start, which keeps its own while both run.
    databasePorts: { mysql: 13307, redis: 16380 },
    // As in the cloud, where the stack's own function does it.
    migrates: false,
    front: {
      name: "emulator",
      spec: (context) => emulatorSpec(plan, context),
      where: emulatorAddress,
    },
  };
}

/** Throws unless the emulator answers. */
export function expectEmulator(port: EmulatorPort): Promise<void> {
  return expectHealthy(`${emulatorAddress(port)}/_ministack/health`);
}

function emulatorSpec(plan: EmulatorPlan, { ports, root, state }: ServiceContext<EmulatorPorts>): ComponentSpec {
  const { stack } = plan;
  let isRestored = false;
  return {
    name: "emulator",
    launch: {
      // Called as a module: the programs of a virtual environment name the folder that it was made in.
      command: join(plan.programs, "python3"),
      args: ["-m", "ministack"],
      clear: async () => {
        isRestored = false;
        // Lambdas of the one that was killed may be writing still.
        await rm(stack.emulated, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
        await mkdir(stack.emulated, { mode: 0o700 });
      },
    },
    cwd: root,
    env: emulatorEnvironment(plan.config.local, stack, ports),
    logFile: state.log("emulator"),
    ready: async () => {
      await expectEmulator(ports);
      if (!isRestored) await restore(plan);
      isRestored = true;
    },
    readyTimeoutMs: 60_000,
    graceMs: 10_000,
  };
}

/** The functions' processes inherit it: nothing in it may stand in for what the stack forgot to give them. */
function emulatorEnvironment(config: LocalConfig, stack: StackDir, ports: EmulatorPorts): Record<string, string> {
  const { HOME = "", LANG = "C.UTF-8" } = config.environment;
  return {
    ...{ HOME, LANG, TMPDIR: stack.emulated, PYTHONUNBUFFERED: "1" },
    // It runs the first `node` that it finds.
    PATH: [dirname(process.execPath), ...config.searchPath].join(delimiter),
    ...{ BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(ports.PORT_EMULATOR) },
    ...emulatedAws(ports),
  };
}

/** An emulator that died has forgotten the stack: it gets what was deployed last, unless somebody is deploying now. */
async function restore({ config, stack, report }: EmulatorPlan): Promise<void> {
  if (!existsSync(stack.deployed) || lockHolder(stack.deployLock) !== undefined) return;
  try {
    const release = takeLock(stack.deployLock);
    try {
      await redeployStack({ config: config.local, stack, settings: readEnvFile(stack.envFile) });
      report("the emulator has the stack again");
    } finally {
      release();
    }
  } catch (error) {
    report(`the emulator has lost the stack: npm run deploy:local deploys it again. ${messageOf(error)}`);
  }
}
