import { setTimeout as delay } from "node:timers/promises";
import type { Ground } from "../ground.ts";
import type { RunningSystem } from "../system.ts";
import { measureUsage, type Usage } from "./usage.ts";

export interface Drain {
  /** Orders that were completed within the time. */
  readonly completed: number;
  readonly seconds: number;
  readonly usage: ReadonlyMap<string, Usage>;
  /** What Redis needed in all, the enqueueing included, in seconds. */
  readonly redisCpuSeconds: number;
}

/** To look costs MySQL something: at most this share of the time. */
const lookShare = 0.05;

/** How a drain is measured. */
export interface DrainOptions {
  /** How many orders wait when it begins. */
  readonly orders: number;
  /** A drain that is not done by then is over, in seconds. */
  readonly seconds: number;
  /** How long MySQL may take before it to clean up what was before, in milliseconds. */
  readonly settleMs: number;
}

/** Lets the workers work off orders that wait, until all are completed or the time is over; then pauses them. */
export async function measureDrain(ground: Ground, system: RunningSystem, options: DrainOptions): Promise<Drain> {
  const { orders, seconds, settleMs } = options;
  await system.pause();
  const redisUsed = await measureUsage(new Map([...ground.processes].filter(([name]) => name === "redis")));
  await system.fill(orders);
  await settled(ground, settleMs);
  const before = await system.completed();
  const used = await measureUsage(new Map([...ground.processes, ...system.processes]));
  const begun = performance.now();
  system.resume();
  let completed = 0;
  for (let now = begun; completed < orders && now - begun < seconds * 1_000; ) {
    const lookBegun = performance.now();
    completed = (await system.completed()) - before;
    now = performance.now();
    const rest = Math.max(5, (now - lookBegun) / lookShare);
    if (completed < orders) await delay(Math.min(rest, Math.max(0, begun + seconds * 1_000 - now)));
  }
  const tookSeconds = (performance.now() - begun) / 1_000;
  const usage = await used();
  const redisCpuSeconds = (await redisUsed()).get("redis")?.cpuSeconds ?? Number.NaN;
  await system.pause();
  return { completed, seconds: tookSeconds, usage, redisCpuSeconds };
}

/** What MySQL still has to clean up of what came before is not charged to what comes next. */
async function settled(ground: Ground, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  while ((await ground.historyLength()) >= 100 && performance.now() < end) await delay(100);
}
