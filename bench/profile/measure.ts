import { freePort } from "../../infra/local/ports.ts";
import { buildWorker } from "../../infra/local/steps/go.ts";
import type { Ground } from "../ground.ts";
import { measureDrain } from "../measure/drain.ts";
import { RunningOrders } from "../systems/orders.ts";
import { profileGo } from "./go-profile.ts";
import { profileNode } from "./node-profile.ts";
import type { Shares } from "./shares.ts";
import { countStatements, type StatementCost, statementCosts } from "./statements.ts";
import { countWritten } from "./written.ts";

/** Where the CPU time of a drain goes. */
export interface DrainProfile {
  /** Orders of the drain of which the profiles were taken. */
  readonly orders: number;
  /** Of a drain just before it, as profiles cost something themselves. */
  readonly ordersPerSecond: number;
  /** CPU microseconds an order, by process; of the drain before, too. */
  readonly cpuMicros: ReadonlyMap<string, number>;
  readonly gateway: Shares;
  readonly worker: Shares;
  readonly statements: readonly StatementCost[];
  /** Bytes that MySQL wrote for an order in its whole life, created in a batch; each page that it wrote counts once. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** Enough for some hundred samples of the worker, of which Go takes one each 10 ms of CPU time. */
const orders = 150_000;
const ordersWithout = 30_000;
const warmUp = 20_000;

/** How long the worker is looked at, in seconds: shorter than the drain takes. */
const goSeconds = 7;

/** Drains once to compile the code, once without and once with everybody's profile. */
export async function profileDrain(ground: Ground): Promise<DrainProfile> {
  const { go, config, state, env } = ground;
  const binary = await buildWorker({ go, root: config.root, binDir: state.bin, env: { ...env }, tags: "profile" });
  const [inspector, pprof] = [await freePort(), `127.0.0.1:${await freePort()}`];
  const settings = { PPROF_ADDRESS: pprof, NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` };
  const databaseUrl = await ground.freshDatabase();
  const running = await RunningOrders.start(ground, databaseUrl, { env: settings, withoutHttp: true });
  try {
    const drain = (count: number) => measureDrain(ground, running, { orders: count, seconds: 60, settleMs: 5_000 });
    await drain(warmUp);
    const without = await drain(ordersWithout);
    await running.pause();
    await countStatements(ground);
    const written = await countWritten(ground);
    // A worker that is paused answers when the drain lets it go on.
    const askedWorker = profileGo(ground, { address: pprof, binary, seconds: goSeconds });
    const [gateway, drained] = await profileNode(inspector, () => drain(orders));
    if (drained.completed < orders) {
      throw new Error(`only ${drained.completed} of ${orders} orders were completed in ${drained.seconds} s`);
    }
    const micros = (cpuSeconds: number) => (cpuSeconds * 1e6) / without.completed;
    return {
      ...{ orders, ordersPerSecond: without.completed / without.seconds, gateway, worker: await askedWorker },
      cpuMicros: new Map([...without.usage].map(([name, { cpuSeconds }]) => [name, micros(cpuSeconds)])),
      bytes: new Map(Object.entries(await written()).map(([where, bytes]) => [where, bytes / orders])),
      statements: await statementCosts(ground, databaseUrl),
    };
  } finally {
    await running.stop();
    await ground.dropDatabase(databaseUrl);
  }
}
