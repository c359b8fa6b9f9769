import type { LocalConfig, Ports } from "../../../infra/local/config.ts";
import {
  functionsEnvironment,
  gatewayEnvironment,
  type MysqlUrls,
  mysqlSettings,
  workerEnvironment,
} from "../../../infra/local/mysql/urls.ts";
import { gatewaySpec, httpSpec, workerSpec } from "../../../infra/local/services.ts";
import type { StateDir } from "../../../infra/local/state-dir.ts";
import { choosePorts } from "../../../infra/local/steps/ports.ts";
import type { ComponentSpec } from "../../../infra/local/supervisor/component.ts";
import type { MysqlServer } from "./mysql-server.ts";
import type { RedisPair } from "./redis-pair.ts";
import { Link } from "./toxiproxy.ts";

/** A process of ours, and where it tells whether it is ready. */
export interface Service {
  readonly name: string;
  readonly spec: ComponentSpec;
  readonly readyUrl: string;
}

/** What the services are made from. */
export interface Surroundings {
  readonly config: LocalConfig;
  readonly state: StateDir;
  readonly env: Readonly<Record<string, string>>;
  readonly mysql: MysqlServer;
  readonly redis: RedisPair;
  /** Toxiproxy's API. */
  readonly api: string;
  /** The worker's binary. */
  readonly worker: string;
}

/** All services and all connections, each with a link of its own; nothing is started. */
export async function connectServices(
  surroundings: Surroundings,
  counts: { readonly gateways: number; readonly workers: number },
): Promise<{ services: ReadonlyMap<string, Service>; links: ReadonlyMap<string, Link> }> {
  const gateways = numbered("gateway", counts.gateways);
  const workers = numbered("worker", counts.workers);
  const ports = new Map<string, Ports>();
  for (const name of [...gateways, ...workers, "http"]) ports.set(name, await choosePorts(anyPorts));
  const portsOf = (name: string) => ports.get(name) as Ports;
  const { mysql, redis, api } = surroundings;
  const ways = [
    ["client", "http", `127.0.0.1:${portsOf("http").PORT_HTTP}`] as const,
    ...[...gateways, "http"].map((name) => [name, "mysql", mysql.address] as const),
    ...[...gateways, ...workers, "http"].map((name) => [name, "redis", redis.address] as const),
    ...workers.flatMap((worker) =>
      gateways.map((gateway) => [worker, gateway, `127.0.0.1:${portsOf(gateway).PORT_GRPC}`] as const),
    ),
  ];
  const links = new Map<string, Link>();
  for (const [from, to, server] of ways) {
    links.set(linkName(from, to), await Link.open(api, linkName(from, to), server));
  }
  const addressOf = (from: string, to: string) => links.get(linkName(from, to))?.address ?? "";
  const envOf = (name: string) => ({
    ...surroundings.env,
    ...mysqlSettings(redirected(mysql.urls, addressOf(name, "mysql"))),
    REDIS_URL: `redis://${addressOf(name, "redis")}`,
    GATEWAY_ADDR: gateways.map((gateway) => addressOf(name, gateway)).join(","),
    ...Object.fromEntries(Object.entries(portsOf(name)).map(([key, port]) => [key, String(port)])),
  });
  const services = [...gateways, ...workers, "http"].map((name) =>
    serviceOf(name, surroundings, portsOf(name), envOf(name)),
  );
  return { services: new Map(services.map((service) => [service.name, service])), links };
}

/** What a link is called. */
export function linkName(from: string, to: string): string {
  return `${from}-to-${to}`;
}

/** `gateway-1`, `gateway-2` and so on. */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

const anyPorts: Ports = {
  ...{ PORT_HTTP: 0, PORT_LAMBDA: 0, PORT_GRPC: 0 },
  ...{ PORT_GATEWAY_METRICS: 0, PORT_WORKER_METRICS: 0 },
};

/** They count as started when they live: what they need may be away. */
function serviceOf(
  name: string,
  { config, state, worker }: Surroundings,
  ports: Ports,
  env: Record<string, string>,
): Service {
  const context = (own: Record<string, string>) => ({ root: config.root, state, ports, env: own });
  const common = { name, logFile: state.log(name) };
  const healthUrl = (port: number) => `http://127.0.0.1:${port}`;
  if (name === "http") {
    const readyUrl = `${healthUrl(ports.PORT_HTTP)}/health`;
    const answers = async () => void (await fetch(readyUrl));
    return { name, readyUrl, spec: { ...httpSpec(context(functionsEnvironment(env))), ...common, ready: answers } };
  }
  return name.startsWith("gateway")
    ? {
        ...{ name, readyUrl: `${healthUrl(ports.PORT_GATEWAY_METRICS)}/readyz` },
        spec: { ...gatewaySpec(context(gatewayEnvironment(env)), "livez"), ...common },
      }
    : {
        ...{ name, readyUrl: `${healthUrl(ports.PORT_WORKER_METRICS)}/readyz` },
        spec: { ...workerSpec(context(workerEnvironment(env)), worker, "livez"), ...common },
      };
}

/** The same URLs by another `host:port`. */
function redirected({ owner, handlers, gateway }: MysqlUrls, address: string): MysqlUrls {
  const by = (url: string) => Object.assign(new URL(url), address === "" ? {} : { host: address }).href;
  return {
    owner: by(owner),
    handlers: handlers === undefined ? undefined : by(handlers),
    gateway: gateway === undefined ? undefined : by(gateway),
  };
}
