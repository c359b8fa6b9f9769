import { expect } from "vitest";
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
