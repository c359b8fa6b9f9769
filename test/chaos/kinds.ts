import type { Direction } from "../harness/fleet/toxiproxy.ts";
import {
  cut,
  ended,
  type Fault,
  frozen,
  groupDestroyed,
  halfOpen,
  type LinkEnds,
  mysqlReadOnly,
  nameOf,
  queueFlushed,
  redisFailedOver,
  redisFrozen,
  redisFull,
  redisKilled,
  slow,
} from "./faults.ts";
import { between, pick } from "./random.ts";

/** Who there is, and how long a lease is (milliseconds). */
export interface Cast {
  readonly gateways: readonly string[];
  readonly workers: readonly string[];
  readonly leaseMs: number;
}

/** What a kind of fault chooses its details from. */
interface Choice {
  readonly random: () => number;
  readonly cast: Cast;
  /** Deals the connections: each of them before any comes again. */
  readonly nextLink: () => LinkEnds;
}

/** Chooses the details of a kind of fault. */
type Kind = (choice: Choice) => Fault;

/** Every kind of fault, by its name. */
export const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["kill-worker", ({ random, cast }) => ended("kill -9 of", [pick(random, cast.workers)], "SIGKILL")],
  ["kill-workers", ({ cast }) => ended("kill -9 of", cast.workers, "SIGKILL")],
  ["kill-gateway", ({ random, cast }) => ended("kill -9 of", [pick(random, cast.gateways)], "SIGKILL")],
  ["kill-gateways", ({ cast }) => ended("kill -9 of", cast.gateways, "SIGKILL")],
  ["kill-http", () => ended("kill -9 of", ["http"], "SIGKILL")],
  ["kill-mysql", () => ended("kill -9 of", ["mysql"], "SIGKILL")],
  ["kill-redis", () => redisKilled()],
  ["stop-worker", ({ random, cast }) => ended("SIGTERM to", [pick(random, cast.workers)], "SIGTERM")],
  ["stop-gateway", ({ random, cast }) => ended("SIGTERM to", [pick(random, cast.gateways)], "SIGTERM")],
  ["freeze-worker", ({ random, cast }) => frozen(pick(random, cast.workers), beyondLease(random, cast))],
  ["freeze-gateway", ({ random, cast }) => frozen(pick(random, cast.gateways), between(random, 2_000, 8_000))],
  ["freeze-http", ({ random }) => frozen("http", between(random, 1_000, 4_000))],
  ["freeze-mysql", ({ random }) => frozen("mysql", between(random, 1_000, 5_000))],
  ["freeze-redis", ({ random }) => redisFrozen(between(random, 1_000, 5_000))],
  ["flush-redis", () => queueFlushed()],
  ["destroy-group", () => groupDestroyed()],
  ["stale-failover", ({ random }) => redisFailedOver(between(random, 500, 4_000))],
  ["fill-redis", ({ random }) => redisFull(between(random, 1_000, 5_000))],
  ["read-only-mysql", ({ random }) => mysqlReadOnly(between(random, 1_000, 5_000))],
  ["cut", (choice) => oneCut(choice)],
  ["slow", ({ random, nextLink }) => slow(nextLink(), between(random, 50, 400), between(random, 2_000, 8_000))],
  ["half-open", (choice) => oneHalfOpen(choice)],
  ["lose-redis", (choice) => lost("redis", choice)],
  ["lose-mysql", (choice) => lost("mysql", choice)],
  ["isolate-worker", (choice) => isolated(choice)],
]);

/** Every connection: of all pairs of processes that have one, and of the customers. */
export function allLinks(cast: Cast): readonly LinkEnds[] {
  const reports = cast.workers.flatMap((worker) => cast.gateways.map((gateway): LinkEnds => [worker, gateway]));
  return [...linksTo("mysql", cast), ...linksTo("redis", cast), ...reports, ["client", "http"]];
}

function linksTo(store: "mysql" | "redis", { gateways, workers }: Cast): LinkEnds[] {
  const users = store === "mysql" ? gateways : [...gateways, ...workers];
  return [...users, "http"].map((user) => [user, store]);
}

/** Longer than a lease, shorter than the work that others have begun by then. */
function beyondLease(random: () => number, { leaseMs }: Cast): number {
  return leaseMs + between(random, 1_500, 4_500);
}

function oneCut({ random, nextLink }: Choice): Fault {
  const ends = nextLink();
  return cut(`${nameOf(ends)} is cut`, [ends], between(random, 1_000, 6_000));
}

function oneHalfOpen({ random, nextLink }: Choice): Fault {
  const direction = pick<Direction>(random, ["upstream", "downstream"]);
  return halfOpen(nextLink(), direction, between(random, 2_000, 8_000));
}

function lost(store: "mysql" | "redis", { random, cast }: Choice): Fault {
  return cut(`everybody is cut off from ${store}`, linksTo(store, cast), between(random, 1_000, 5_000));
}

/** Its work goes on, its leases end, and its reports arrive when others already do the work. */
function isolated({ random, cast }: Choice): Fault {
  const worker = pick(random, cast.workers);
  const links = cast.gateways.map((gateway): LinkEnds => [worker, gateway]);
  return cut(`${worker} reaches no gateway for longer than its leases`, links, beyondLease(random, cast));
}
