import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "../harness/fleet/fleet.ts";
import type { Delay, Direction, Link, Undo } from "../harness/fleet/toxiproxy.ts";

/** What a fault has done. */
export interface Injected {
  /** Undoes it; absent where nothing is left to be undone. */
  readonly heal?: Undo;
  /** The processes that were ended, and with what. */
  readonly ended?: readonly Ended[];
}

/** A process that a fault has ended. */
export interface Ended {
  readonly name: string;
  readonly pid: number;
  readonly signal: NodeJS.Signals;
}

/** A fault whose every detail is chosen. */
export interface Fault {
  /** What is done to whom, for people. */
  readonly told: string;
  /** How long until it is healed, in milliseconds; 0 where nothing is left to heal. */
  readonly lastsMs: number;
  /** Does it all or, when it throws, nothing. */
  readonly inject: (fleet: Fleet) => Promise<Injected>;
}

/** A connection, by its ends. */
export type LinkEnds = readonly [from: string, to: string];

/** A signal that ends processes; the supervisor starts them again. */
export function ended(what: string, names: readonly string[], signal: NodeJS.Signals): Fault {
  const inject = async (fleet: Fleet) => {
    const each = names.map(async (name) => ({ name, signal, pid: await fleet.signal(name, signal) }));
    return { ended: await Promise.all(each) };
  };
  return { told: `${what} ${names.join(", ")}`, lastsMs: 0, inject };
}

/** Redis is killed, and comes back with nothing. */
export function redisKilled(): Fault {
  const inject = (fleet: Fleet) => ended("", [fleet.redis.current.name], "SIGKILL").inject(fleet);
  return { told: "kill -9 of redis, which forgets everything", lastsMs: 0, inject };
}

export function frozen(name: string, lastsMs: number): Fault {
  return { told: `${name} is frozen`, lastsMs, inject: async (fleet) => ({ heal: await fleet.freeze(name) }) };
}

export function redisFrozen(lastsMs: number): Fault {
  const inject = async (fleet: Fleet) => ({ heal: await fleet.freeze(fleet.redis.current.name) });
  return { told: "redis is frozen", lastsMs, inject };
}

/** For so long the workers are frozen before the queue is harmed, in milliseconds, so that something waits in it. */
const gatherMs = 1_000;

export function queueFlushed(): Fault {
  const inject = (fleet: Fleet) => onBacklog(fleet, () => fleet.redis.ask((client) => client.flushall()));
  return { told: "FLUSHALL of a queue in which orders wait", lastsMs: 0, inject };
}

export function groupDestroyed(): Fault {
  const destroy = async ({ redis }: Fleet) => {
    const destroyed = await redis.ask((client) => client.xgroup("DESTROY", "orders:queue", "workers"));
    if (destroyed !== 1) throw new Error("there was no consumer group");
  };
  const inject = (fleet: Fleet) => onBacklog(fleet, () => destroy(fleet));
  return { told: "the consumer group is destroyed while orders wait", lastsMs: 0, inject };
}

async function onBacklog(fleet: Fleet, work: () => Promise<unknown>): Promise<Injected> {
  const thaw = await all(fleet.workers.map((name) => fleet.freeze(name)));
  try {
    await delay(gatherMs);
    await work();
  } finally {
    await thaw();
  }
  return {};
}

/** @param lagMs how old the copy is, in milliseconds */
export function redisFailedOver(lagMs: number): Fault {
  const inject = async (fleet: Fleet) => {
    await fleet.failOverRedis(lagMs);
    return {};
  };
  return { told: `redis fails over to a copy that is ${lagMs} ms old`, lastsMs: 0, inject };
}

export function redisFull(lastsMs: number): Fault {
  const inject = async ({ redis }: Fleet) => {
    // The one that was filled is the one to be mended, whichever is in use by then.
    const filled = redis.current;
    const limit = (bytes: number) => redis.ask((client) => client.config("SET", "maxmemory", bytes), filled);
    await limit(1);
    return { heal: async () => void (await limit(0)) };
  };
  return { told: "redis is full", lastsMs, inject };
}

export function mysqlReadOnly(lastsMs: number): Fault {
  const inject = async ({ mysql }: Fleet) => {
    await mysql.setReadOnly(true);
    return { heal: () => mysql.setReadOnly(false) };
  };
  return { told: "mysql is read-only", lastsMs, inject };
}

export function cut(told: string, links: readonly LinkEnds[], lastsMs: number): Fault {
  return { told, lastsMs, inject: (fleet) => onLinks(fleet, links, (link) => link.cut()) };
}

export function slow(ends: LinkEnds, latency: number, lastsMs: number): Fault {
  const slowness: Delay = { latency, jitter: Math.floor(latency / 2) };
  const told = `${nameOf(ends)} is ${latency} ms slower`;
  return { told, lastsMs, inject: (fleet) => onLinks(fleet, [ends], (link) => link.delay(slowness)) };
}

export function halfOpen(ends: LinkEnds, direction: Direction, lastsMs: number): Fault {
  const what = direction === "upstream" ? "loses what is sent" : "loses what is answered";
  return {
    ...{ told: `${nameOf(ends)} ${what}`, lastsMs },
    inject: (fleet) => onLinks(fleet, [ends], (link) => link.halfOpen(direction)),
  };
}

/** A connection as people see it. */
export function nameOf([from, to]: LinkEnds): string {
  return `${from} → ${to}`;
}

async function onLinks(
  fleet: Fleet,
  ends: readonly LinkEnds[],
  work: (link: Link) => Promise<Undo>,
): Promise<Injected> {
  return { heal: await all(ends.map(([from, to]) => work(fleet.link(from, to)))) };
}

/** All of them as one. When one cannot be done, none is. */
async function all(doings: readonly Promise<Undo>[]): Promise<Undo> {
  const results = await Promise.allSettled(doings);
  const undos = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const undo = async () => void (await Promise.all(undos.map((one) => one())));
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return undo;
  await undo();
  throw failure.reason;
}
