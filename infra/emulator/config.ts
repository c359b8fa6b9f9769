import { join } from "node:path";
import { type LocalConfig, port, readLocalConfig, type ServicePorts } from "../local/config.ts";

/** The TCP ports of the local stack. */
export interface EmulatorPorts extends ServicePorts {
  /** The emulator's own: every AWS service, and the stack's API. */
  PORT_EMULATOR: number;
}

/** Everything that the local stack reads from the environment. */
export interface EmulatorConfig {
  local: LocalConfig;
  ports: EmulatorPorts;
}

/**
 * Reads the configuration; throws a StartFailure that names the variable when one is malformed. The stack lives in a
 * folder and at ports of its own, beside those of `npm start`: only the emulator's port is one that people type.
 */
export function readEmulatorConfig(env?: Readonly<Record<string, string | undefined>>): EmulatorConfig {
  const local = readLocalConfig(env);
  const own = (name: keyof EmulatorPorts, fallback: number) => port(local.environment, name, fallback);
  return {
    local: { ...local, stateDir: join(local.stateDir, "local-stack") },
    ports: {
      PORT_EMULATOR: own("PORT_EMULATOR", 4566),
      PORT_GRPC: own("PORT_GRPC", 0),
      PORT_GATEWAY_METRICS: own("PORT_GATEWAY_METRICS", 0),
      PORT_WORKER_METRICS: own("PORT_WORKER_METRICS", 0),
    },
  };
}
