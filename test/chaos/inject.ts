import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "../harness/fleet/fleet.ts";
import type { Ended, Injected } from "./faults.ts";
import type { PlannedFault } from "./plan.ts";

/** A planned fault and what became of it. Times in milliseconds since 1970. */
export interface Happened {
  readonly planned: PlannedFault;
  readonly from: number;
  readonly to: number;
  /** The processes that it ended. */
  readonly ended: readonly Ended[];
  /** Why it could not be done, as when another fault had the same process; it does not count then. */
  readonly failure?: string;
}

/** A fault that could not be undone is tried again for so long, in milliseconds: what it was done to may be away. */
const healPatienceMs = 60_000;

/** Does all planned faults at their times, and undoes each. Returns when the last one is undone. */
export async function injectAll(
  fleet: Fleet,
  planned: readonly PlannedFault[],
  tell: (happened: Happened) => void,
): Promise<readonly Happened[]> {
  const begun = performance.now();
  return Promise.all(
    planned.map(async (one) => {
      await delay(Math.max(0, begun + one.atMs - performance.now()));
      const happened = await injectOne(fleet, one);
      tell(happened);
      return happened;
    }),
  );
}

async function injectOne(fleet: Fleet, planned: PlannedFault): Promise<Happened> {
  const from = Date.now();
  let injected: Injected = {};
  let failure: string | undefined;
  try {
    injected = await planned.fault.inject(fleet);
    await delay(planned.fault.lastsMs);
  } catch (error) {
    failure = String(error);
  }
  if (injected.heal !== undefined) await persistently(injected.heal);
  return { planned, from, to: Date.now(), ended: injected.ended ?? [], ...(failure !== undefined && { failure }) };
}

async function persistently(heal: () => Promise<void>): Promise<void> {
  const end = performance.now() + healPatienceMs;
  for (;;) {
    try {
      return await heal();
    } catch (error) {
      if (performance.now() > end) throw new Error("a fault could not be undone", { cause: error });
      await delay(200);
    }
  }
}
