import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { apiPathAddress } from "../infra/emulator/address.ts";
import { readEmulatorConfig } from "../infra/emulator/config.ts";
import { deployedApiId } from "../infra/emulator/serverless.ts";
import { readLocalConfig } from "../infra/local/config.ts";
import { Failure } from "./failure.ts";
import { runningSettings } from "./target.ts";

/** Which API a command talks to. */
export interface ApiTargetOptions {
  readonly stage: string;
  readonly url?: string;
}

/** Where an API is, and how to be let in. */
export interface ApiTarget {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string | undefined;
  /** What to do when nothing answers. */
  readonly remedy: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the API: at `--url`, else at `ORDERS_URL`, else where its stage says. The key is in `ORDERS_API_KEY` alone:
 * arguments are seen by everybody who may list processes.
 *
 * @throws {Failure} with what to do
 */
export async function findApi({ stage, url }: ApiTargetOptions, environment?: Environment): Promise<ApiTarget> {
  const { ORDERS_URL, ORDERS_API_KEY } = readLocalConfig(environment).environment;
  const key = ORDERS_API_KEY ? checkedKey(ORDERS_API_KEY) : undefined;
  if (url !== undefined) return { url, key, remedy: "see that --url is right, and that the system runs" };
  if (ORDERS_URL)
    return { url: checkedUrl(ORDERS_URL), key, remedy: "see that ORDERS_URL is right, and that the system runs" };
  if (stage === "dev") return { url: startedHere(environment), key, remedy: "npm start first" };
  if (stage === "local") return { url: await emulatedHere(environment), key, remedy: "npm run deploy:local first" };
  throw new Failure(`the address of stage ${stage} is not known here: set --url or ORDERS_URL to its API's address`);
}

/** Reads the option `--url`. */
export function apiUrl(text: string): string {
  const url = normalised(text);
  if (url === undefined) throw new InvalidArgumentError("An address such as http://127.0.0.1:3000 is needed.");
  return url;
}

/** Whether an address is one of this machine. */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname;
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function checkedUrl(text: string): string {
  const url = normalised(text);
  if (url === undefined) throw new Failure("ORDERS_URL is not an address such as http://127.0.0.1:3000");
  return url;
}

/** A name or a password in an address would be a secret in the arguments. */
function normalised(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  return url.search === "" && url.hash === "" ? url.href.replace(/\/+$/, "") : undefined;
}

function checkedKey(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new Failure("ORDERS_API_KEY has a space or another character that no key has: set it to the key alone");
  }
  return key;
}

/** serverless-offline: at PORT_HTTP when that is set, else where the running system says. */
function startedHere(environment: Environment | undefined): string {
  const { stateDir, ports, environment: given } = readLocalConfig(environment);
  const running = given.PORT_HTTP ? undefined : runningSettings(stateDir).PORT_HTTP;
  return `http://127.0.0.1:${running ?? ports.PORT_HTTP}`;
}

/** The API of the stack that was deployed to the emulator. */
async function emulatedHere(environment: Environment | undefined): Promise<string> {
  const { local, ports } = readEmulatorConfig(environment);
  const PORT_EMULATOR = runningSettings(local.stateDir).PORT_EMULATOR ?? ports.PORT_EMULATOR;
  const apiId = await deployedApiId({ deployed: join(local.stateDir, "deployed") }).catch((cause: unknown) => {
    throw new Failure("nothing is deployed to the local emulator: npm run deploy:local first", { cause });
  });
  return apiPathAddress({ PORT_EMULATOR }, apiId);
}
