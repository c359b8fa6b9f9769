import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StartFailure } from "./failure.ts";

/** The TCP ports that gateway and worker listen on; 0 asks for any free one. */
export interface ServicePorts {
  PORT_GRPC: number;
  PORT_GATEWAY_METRICS: number;
  PORT_WORKER_METRICS: number;
}

/** The TCP ports that `npm start` listens on. */
export interface Ports extends ServicePorts {
  PORT_HTTP: number;
  /** serverless-offline's own Lambda invoke API. */
  PORT_LAMBDA: number;
}

/** Everything that the local system reads from the environment. */
export interface LocalConfig {
  /** The repository's root folder. */
  root: string;
  /** Where data, logs and pid files live (`ORDERS_STATE_DIR`, default `.orders`). */
  stateDir: string;
  /** Where downloaded servers are kept (`ORDERS_CACHE_DIR`). */
  cacheDir: string;
  mysqlUrl: string | undefined;
  /** Users of their own for handlers and gateway in the MySQL of `MYSQL_URL`; without them one user is for all. */
  mysqlHandlersUrl: string | undefined;
  mysqlGatewayUrl: string | undefined;
  redisUrl: string | undefined;
  /** Images used when Docker provides the servers. */
  mysqlImage: string;
  redisImage: string;
  ports: Ports;
  /** `WORKER_BUILD_TAGS`, for tests: Go build tags of the worker. With `chaos` an order's item can make it misbehave. */
  workerBuildTags: string | undefined;
  /** The folders of PATH, in order. */
  searchPath: string[];
  /** The whole environment, to be handed to the children. */
  environment: Record<string, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the configuration; throws a StartFailure that names the variable when one is malformed. */
export function readLocalConfig(env: Environment = process.env): LocalConfig {
  const root = resolve(fileURLToPath(import.meta.url), "../../..");
  return {
    root,
    stateDir: resolve(root, text(env, "ORDERS_STATE_DIR") ?? ".orders"),
    cacheDir: resolve(root, text(env, "ORDERS_CACHE_DIR") ?? defaultCacheDir(env)),
    mysqlUrl: url(env, "MYSQL_URL", ["mysql:"]),
    mysqlHandlersUrl: userUrl(env, "MYSQL_HANDLERS_URL"),
    mysqlGatewayUrl: userUrl(env, "MYSQL_GATEWAY_URL"),
    redisUrl: url(env, "REDIS_URL", ["redis:", "rediss:"]),
    mysqlImage: text(env, "MYSQL_IMAGE") ?? "mysql:9",
    redisImage: text(env, "REDIS_IMAGE") ?? "redis:8",
    ports: {
      PORT_HTTP: port(env, "PORT_HTTP", 3000),
      PORT_GRPC: port(env, "PORT_GRPC", 50051),
      PORT_GATEWAY_METRICS: port(env, "PORT_GATEWAY_METRICS", 50052),
      PORT_WORKER_METRICS: port(env, "PORT_WORKER_METRICS", 50053),
      PORT_LAMBDA: port(env, "PORT_LAMBDA", 3002),
    },
    workerBuildTags: text(env, "WORKER_BUILD_TAGS"),
    searchPath: (env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
    environment: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

function defaultCacheDir(env: Environment): string {
  return join(text(env, "XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "orders");
}

/** An empty variable counts as absent, as it does in a compose file. */
function text(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function url(env: Environment, name: string, protocols: string[]): string | undefined {
  const value = text(env, name);
  if (value !== undefined && !protocols.includes(URL.parse(value)?.protocol ?? "")) {
    throw new StartFailure(`${name} is not a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}`);
  }
  return value;
}

/** The URL of a user in the MySQL of `MYSQL_URL`. */
function userUrl(env: Environment, name: string): string | undefined {
  const value = url(env, name, ["mysql:"]);
  if (value !== undefined && text(env, "MYSQL_URL") === undefined) {
    throw new StartFailure(`${name} is a user in the MySQL of MYSQL_URL: set that as well, or unset ${name}`);
  }
  return value;
}

/** Reads a port; throws a StartFailure that names the variable when it is none. */
export function port(env: Environment, name: string, fallback: number): number {
  const value = text(env, name);
  if (value === undefined) {
    return fallback;
  }
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65535) {
    throw new StartFailure(`${name} must be a port from 0 to 65535 (0 takes any free one), not "${value}"`);
  }
  return Number(value);
}
