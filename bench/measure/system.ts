import type { Ground } from "../ground.ts";
import type { Plan } from "../plan.ts";
import type { RunningSystem, System } from "../system.ts";
import { type Creates, measureCreates } from "./creates.ts";
import { type Drain, measureDrain } from "./drain.ts";
import { measureToCompleted, warmUp } from "./to-completed.ts";

/** What one repeat tells of a system. */
export interface Figures {
  /** From sending a POST to completed, of each order, in milliseconds. */
  readonly toCompletedMs: readonly number[];
  readonly drain: Drain;
  readonly creates: Creates;
}

/** Runs a system on a database of its own and measures it: low load, then a backlog, then posts at full speed. */
export async function measureSystem(ground: Ground, system: System, plan: Plan, bombardier: string): Promise<Figures> {
  const databaseUrl = await ground.freshDatabase();
  try {
    const running = await system.start(ground, databaseUrl);
    try {
      return await measureRunning(ground, running, plan, bombardier);
    } finally {
      await running.stop();
    }
  } finally {
    await ground.dropDatabase(databaseUrl);
  }
}

async function measureRunning(ground: Ground, system: RunningSystem, plan: Plan, bombardier: string): Promise<Figures> {
  await warmUp(system, plan.singleWarmUp);
  const toCompletedMs = await measureToCompleted(system, plan.single);
  const { settleMs } = plan;
  await measureDrain(ground, system, { orders: plan.warmUp, seconds: plan.warmUpSeconds, settleMs });
  const drain = await measureDrain(ground, system, { orders: plan.waiting, seconds: plan.drainSeconds, settleMs });
  const creates = await measureCreates(ground, system, {
    ...{ bombardier, seconds: plan.createSeconds, warmUpSeconds: plan.createWarmUpSeconds },
  });
  return { toCompletedMs, drain, creates };
}
