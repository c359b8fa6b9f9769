import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { countByStatus } from "./orders.ts";
import type { TestSystem } from "./system.ts";
import { until } from "./until.ts";

/** Puts orders into the queue while the worker is frozen, so that it takes all of them at once, the first one first. */
export async function postAtOnce(system: TestSystem, items: readonly string[]): Promise<string[]> {
  await system.freezeWorker();
  try {
    const ids: string[] = [];
    for (const item of items) {
      const answer = await system.post({ item, quantity: 2, price: 1299.99 });
      expect(answer.status).toBe(201);
      ids.push(answer.body.id);
    }
    return ids;
  } finally {
    await system.signal("worker", "SIGCONT");
  }
}

/** Waits until the worker is another process than the one that was killed; answers its pid. */
export function restarted(system: TestSystem, killed: number): Promise<number> {
  const look = async () => {
    const pid = await system.pid("worker");
    return pid !== killed && pid;
  };
  return until("the worker is back", look, 30_000);
}

/** What a worker reported before it was frozen is applied after so many milliseconds. */
const settleMs = 100;

/** Kills the worker when it has orders in work, none of whose ends is on its way to MySQL; answers its pid. */
export async function killAtWork(system: TestSystem): Promise<number> {
  const victim = await system.pid("worker");
  await until("orders are in work", async () => {
    process.kill(victim, "SIGSTOP");
    await setTimeout(settleMs);
    if (((await countByStatus(system.database)).processing ?? 0) > 0) return true;
    process.kill(victim, "SIGCONT");
    return false;
  });
  process.kill(victim, "SIGKILL");
  return victim;
}

/** Kills the worker as soon as it has had some effects, and once more when the next one has had some. */
export async function killTwice(system: TestSystem, countEffects: () => Promise<number>): Promise<void> {
  for (let kill = 0; kill < 2; kill++) {
    const before = await countEffects();
    await until("it has effects", async () => (await countEffects()) >= before + 20, 30_000);
    const victim = await system.pid("worker");
    process.kill(victim, "SIGKILL");
    await restarted(system, victim);
  }
}
