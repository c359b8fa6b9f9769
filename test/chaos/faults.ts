import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "../harness/fleet/fleet.ts";
import type { Delay, Direction, Link } from "../harness/fleet/toxiproxy.ts";
import { between, pick } from "./random.ts";

/** Undoes a fault. */
type Heal = () => Promise<void>;

/** What a fault has done. */
export interface Injected {
  /** Absent where nothing is left to be undone. */
  readonly heal?: Heal;
  /** The processes that were killed. */
  readonly killed?: readonly number[];
}

/** A fault whose every detail is chosen. */
export interface Fault {
  /** What is done to whom, for people. */
  readonly told: string;
  /** How long until it is healed, in milliseconds; 0 where nothing is left to heal. */
  readonly lastsMs: number;
  /** Does it. */
  readonly inject: (fleet: Fleet) => Promise<Injected>;
}

/** Who there is, and how long a lease is (milliseconds). */
export interface Cast {
  readonly gateways: readonly string[];
  readonly workers: readonly string[];
  readonly leaseMs: number;
}

/** Chooses the details of a kind of fault. */
type Kind = (random: () => number, cast: Cast) => Fault;

/** Every kind of fault, by its name. */
export const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["kill-worker", (random, { workers }) => signalled("kill -9 of", [pick(random, workers)], "SIGKILL")],
  ["kill-workers", (_, { workers }) => signalled("kill -9 of", workers, "SIGKILL")],
  ["kill-gateway", (random, { gateways }) => signalled("kill -9 of", [pick(random, gateways)], "SIGKILL")],
  ["kill-gateways", (_, { gateways }) => signalled("kill -9 of", gateways, "SIGKILL")],
  ["kill-http", () => signalled("kill -9 of", ["http"], "SIGKILL")],
  ["kill-mysql", () => signalled("kill -9 of", ["mysql"], "SIGKILL")],
  ["kill-redis", () => killedRedis()],
  ["stop-worker", (random, { workers }) => signalled("SIGTERM to", [pick(random, workers)], "SIGTERM")],
  ["stop-gateway", (random, { gateways }) => signalled("SIGTERM to", [pick(random, gateways)], "SIGTERM")],
  [
    "freeze-worker",
    (random, { workers, leaseMs }) => frozen(pick(random, workers), leaseMs + between(random, 1_000, 4_000)),
  ],
  ["freeze-gateway", (random, { gateways }) => frozen(pick(random, gateways), between(random, 2_000, 8_000))],
  ["freeze-http", (random) => frozen("http", between(random, 1_000, 4_000))],
  ["freeze-mysql", (random) => frozen("mysql", between(random, 1_000, 5_000))],
  ["freeze-redis", (random) => frozenRedis(between(random, 1_000, 5_000))],
  ["flush-redis", () => flushed()],
  ["destroy-group", () => withoutGroup()],
  ["stale-failover", (random) => failedOver(between(random, 500, 4_000))],
  ["fill-redis", (random) => full(between(random, 1_000, 5_000))],
  ["read-only-mysql", (random) => readOnly(between(random, 1_000, 5_000))],
  ["cut", (random, cast) => cut([anyLink(random, cast)], between(random, 1_000, 6_000))],
  ["delay", (random, cast) => delayed(anyLink(random, cast), between(random, 50, 400), between(random, 2_000, 8_000))],
  ["half-open", (random, cast) => halfOpen(random, anyLink(random, cast), between(random, 2_000, 8_000))],
  ["lose-redis", (random, cast) => cut(linksTo("redis", cast), between(random, 1_000, 5_000))],
  ["lose-mysql", (random, cast) => cut(linksTo("mysql", cast), between(random, 1_000, 5_000))],
  ["isolate-worker", (random, cast) => isolated(pick(random, cast.workers), cast, between(random, 2_500, 4_500))],
]);

type LinkEnds = readonly [from: string, to: string];

/** Every connection but those that a client has: the pairs of which both are ours. */
function allLinks(cast: Cast): LinkEnds[] {
  const between = cast.workers.flatMap((worker) => cast.gateways.map((gateway): LinkEnds => [worker, gateway]));
  return [...linksTo("mysql", cast), ...linksTo("redis", cast), ...between, ["client", "http"]];
}

function linksTo(store: "mysql" | "redis", { gateways, workers }: Cast): LinkEnds[] {
  const users = store === "mysql" ? gateways : [...gateways, ...workers];
  return [...users, "http"].map((user) => [user, store]);
}

function anyLink(random: () => number, cast: Cast): LinkEnds {
  return pick(random, allLinks(cast));
}

function signalled(what: string, names: readonly string[], signal: NodeJS.Signals): Fault {
  return {
    ...{ told: `${what} ${names.join(", ")}`, lastsMs: 0 },
    inject: async (fleet) => {
      const pids = await Promise.all(names.map((name) => fleet.signal(name, signal)));
      return signal === "SIGKILL" ? { killed: pids } : {};
    },
  };
}

function killedRedis(): Fault {
  const inject = async (fleet: Fleet) => {
    await fleet.signal(fleet.redis.current.name, "SIGKILL");
    return {};
  };
  return { told: "kill -9 of redis, which forgets everything", lastsMs: 0, inject };
}

function frozen(name: string, lastsMs: number): Fault {
  return { told: `${name} is frozen`, lastsMs, inject: (fleet) => freeze(fleet, name) };
}

function frozenRedis(lastsMs: number): Fault {
  return { told: "redis is frozen", lastsMs, inject: (fleet) => freeze(fleet, fleet.redis.current.name) };
}

async function freeze(fleet: Fleet, name: string): Promise<Injected> {
  const pid = await fleet.signal(name, "SIGSTOP");
  const heal = async () => {
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // Another fault has killed it meanwhile.
    }
  };
  return { heal };
}

/** For so long the workers are frozen before the queue is harmed, in milliseconds, so that something waits in it. */
const gatherMs = 1_000;

function flushed(): Fault {
  const inject = (fleet: Fleet) => onBacklog(fleet, () => fleet.redis.ask((client) => client.flushall()));
  return { told: "FLUSHALL of a queue in which orders wait", lastsMs: 0, inject };
}

function withoutGroup(): Fault {
  const destroy = ({ redis }: Fleet) => redis.ask((client) => client.xgroup("DESTROY", "orders:queue", "workers"));
  // There may be no stream at the moment, and then there is no group either.
  const inject = (fleet: Fleet) => onBacklog(fleet, () => destroy(fleet).catch(() => {}));
  return { told: "the consumer group is destroyed while orders wait", lastsMs: 0, inject };
}

async function onBacklog(fleet: Fleet, work: () => Promise<unknown>): Promise<Injected> {
  const frozen = await Promise.all(fleet.workers.map((name) => freeze(fleet, name)));
  try {
    await delay(gatherMs);
    await work();
  } finally {
    await Promise.all(frozen.map(({ heal }) => heal?.()));
  }
  return {};
}

function failedOver(lagMs: number): Fault {
  const inject = async (fleet: Fleet) => {
    await fleet.failOverRedis(lagMs);
    return {};
  };
  return { told: `redis fails over to a copy that is ${lagMs} ms old`, lastsMs: 0, inject };
}

function full(lastsMs: number): Fault {
  const limit = async ({ redis }: Fleet, bytes: number) =>
    void (await redis.ask((client) => client.config("SET", "maxmemory", bytes)));
  const inject = async (fleet: Fleet) => {
    await limit(fleet, 1);
    return { heal: () => limit(fleet, 0) };
  };
  return { told: "redis is full", lastsMs, inject };
}

function readOnly(lastsMs: number): Fault {
  const inject = async ({ mysql }: Fleet) => {
    await mysql.setReadOnly(true);
    return { heal: () => mysql.setReadOnly(false) };
  };
  return { told: "mysql is read-only", lastsMs, inject };
}

function cut(links: readonly LinkEnds[], lastsMs: number): Fault {
  const told = links.length === 1 ? `${nameOf(links)} is cut` : `everybody is cut off from ${links[0]?.[1]}`;
  return { told, lastsMs, inject: (fleet) => onLinks(fleet, links, (link) => link.cut()) };
}

function delayed(ends: LinkEnds, latency: number, lastsMs: number): Fault {
  const delay: Delay = { latency, jitter: Math.floor(latency / 2) };
  const told = `${nameOf([ends])} is ${latency} ms slower`;
  return { told, lastsMs, inject: (fleet) => onLinks(fleet, [ends], (link) => link.delay(delay)) };
}

function halfOpen(random: () => number, ends: LinkEnds, lastsMs: number): Fault {
  const direction = pick<Direction>(random, ["upstream", "downstream"]);
  const what = direction === "upstream" ? "loses what is sent" : "loses what is answered";
  return {
    ...{ told: `${nameOf([ends])} ${what}`, lastsMs },
    inject: (fleet) => onLinks(fleet, [ends], (link) => link.halfOpen(direction)),
  };
}

/** Its work goes on, its leases end, and its reports arrive when others already do the work. */
function isolated(worker: string, { gateways, leaseMs }: Cast, beyondMs: number): Fault {
  const links = gateways.map((gateway): LinkEnds => [worker, gateway]);
  return {
    ...{ told: `${worker} reaches no gateway for longer than its leases`, lastsMs: leaseMs + beyondMs },
    inject: (fleet) => onLinks(fleet, links, (link) => link.cut()),
  };
}

function nameOf(links: readonly LinkEnds[]): string {
  return links.map(([from, to]) => `${from} → ${to}`).join(", ");
}

async function onLinks(
  fleet: Fleet,
  ends: readonly LinkEnds[],
  work: (link: Link) => Promise<void>,
): Promise<Injected> {
  const links = ends.map(([from, to]) => fleet.link(from, to));
  await Promise.all(links.map(work));
  return { heal: async () => void (await Promise.all(links.map((link) => link.heal()))) };
}
