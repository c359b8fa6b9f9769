import { join } from "node:path";
import type { Ground } from "../ground.ts";
import type { Plan } from "../plan.ts";
import type { OwnResults } from "../report/results.ts";
import { RunningOrders } from "../systems/orders.ts";
import { measureBatch } from "./batch.ts";
import { bundleSizes } from "./bundle.ts";
import { measureColdStart } from "./cold-start.ts";
import { measureHandler } from "./handler.ts";
import { measurePages, type Pages } from "./pages.ts";

/** Measures what only this system has. */
export async function measureOwn(ground: Ground, plan: Plan): Promise<OwnResults> {
  const { config, state } = ground;
  const part = (name: string) => ground.report(`this system alone: ${name}`);
  part("the handler, and its cold start");
  const { handler, coldStart } = await onMigrated(ground, async (databaseUrl) => ({
    handler: await measureHandler(ground, databaseUrl),
    coldStart: await measureColdStart(ground, databaseUrl, plan.coldStarts),
  }));
  const { largest } = await bundleSizes(config.root, join(state.data, "bundles"));
  part("batches");
  const batch = await onFresh(ground, (databaseUrl) => batches(ground, databaseUrl, plan.createSeconds));
  part(`pages of ${plan.rows} orders`);
  const pages = await measurePages(ground, plan.rows);
  return {
    ...{ handler, coldStart, pages: worstOf(pages) },
    ...{ bundle: { largest: { name: largest.name, bytes: largest.bytes } }, batch },
  };
}

async function batches(ground: Ground, databaseUrl: string, seconds: number): Promise<{ ordersPerSecond: number }> {
  const running = await RunningOrders.start(ground, databaseUrl);
  try {
    await running.pause();
    const { perSecond, orders } = await measureBatch(running.url, seconds);
    const stored = await running.stored();
    if (stored < orders) throw new Error(`${orders} orders were acknowledged, and ${stored} are stored`);
    return { ordersPerSecond: perSecond };
  } finally {
    await running.stop();
  }
}

async function onMigrated<T>(ground: Ground, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  return onFresh(ground, async (databaseUrl) => {
    await ground.migrate(databaseUrl);
    return work(databaseUrl);
  });
}

async function onFresh<T>(ground: Ground, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const databaseUrl = await ground.freshDatabase();
  try {
    return await work(databaseUrl);
  } finally {
    await ground.dropDatabase(databaseUrl);
  }
}

function worstOf({ costs, smallRows, largeRows }: Pages): OwnResults["pages"] {
  const [worst] = costs.toSorted((one, other) => other.ratio - one.ratio);
  if (worst === undefined) throw new Error("no page was read");
  return {
    ...{ worst: worst.page, ratio: worst.ratio },
    ...{ small: { rows: smallRows, ms: worst.smallMs }, large: { rows: largeRows, ms: worst.largeMs } },
  };
}
