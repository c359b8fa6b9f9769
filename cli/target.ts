import { existsSync } from "node:fs";
import { join } from "node:path";
import { emulatorAddress } from "../infra/emulator/address.ts";
import { readEmulatorConfig } from "../infra/emulator/config.ts";
import { readLocalConfig } from "../infra/local/config.ts";
import { readEnvFile } from "../infra/local/env-file.ts";

/** Which deployment a command is for. */
export interface TargetOptions {
  readonly stage: string;
  readonly region?: string;
  readonly endpoint?: string;
}

/** Where the functions of a stage are invoked. */
export interface Target {
  readonly stage: string;
  readonly region: string;
  /** Absent: that of AWS. */
  readonly endpoint?: string | undefined;
  /** Whether it runs on this machine, where any credentials will do. */
  readonly isLocal: boolean;
  /** What to do when nothing answers. */
  readonly remedy: string;
}

const defaultRegion = "us-east-1";

type Environment = Readonly<Record<string, string | undefined>>;

/** Finds a stage: `dev` is `npm start`, `local` the AWS emulator, all others are in the cloud. */
export function findTarget({ stage, region, endpoint }: TargetOptions, environment?: Environment): Target {
  if (stage === "dev") return { ...local(stage, endpoint ?? startedHere(environment)), remedy: "npm start first" };
  if (stage === "local") {
    return { ...local(stage, endpoint ?? emulatedHere(environment)), remedy: "npm run deploy:local first" };
  }
  const remedy = "see that this machine is online, or set --endpoint";
  return { stage, region: region ?? deployedRegion(environment), endpoint, isLocal: false, remedy };
}

/** The default of a stage in the cloud: where serverless.yml deploys it. */
function deployedRegion(environment: Environment | undefined): string {
  const { AWS_REGION, AWS_DEFAULT_REGION } = readLocalConfig(environment).environment;
  return AWS_REGION || AWS_DEFAULT_REGION || defaultRegion;
}

function local(stage: string, endpoint: string): Omit<Target, "remedy"> {
  return { stage, endpoint, region: defaultRegion, isLocal: true };
}

/** serverless-offline's Lambda invoke API: at PORT_LAMBDA when that is set, else where the running system says. */
function startedHere(environment: Environment | undefined): string {
  const { stateDir, ports, environment: given } = readLocalConfig(environment);
  const running = given.PORT_LAMBDA ? undefined : runningSettings(stateDir).PORT_LAMBDA;
  return `http://127.0.0.1:${running ?? ports.PORT_LAMBDA}`;
}

/** The emulator: at AWS_ENDPOINT_URL when that is set, else where the deployed stack says. */
function emulatedHere(environment: Environment | undefined): string {
  const { local, ports } = readEmulatorConfig(environment);
  if (local.environment.AWS_ENDPOINT_URL) return local.environment.AWS_ENDPOINT_URL;
  const running = runningSettings(local.stateDir).PORT_EMULATOR;
  return emulatorAddress({ PORT_EMULATOR: running ?? ports.PORT_EMULATOR });
}

/** What the system that runs in a state folder says of itself; nothing when none does. */
export function runningSettings(stateDir: string): Readonly<Record<string, string>> {
  const path = join(stateDir, "run/env");
  return existsSync(path) ? readEnvFile(path) : {};
}
