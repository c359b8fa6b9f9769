import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLocalConfig } from "../../infra/local/config.ts";
import { startMysql } from "../../infra/local/mysql/start.ts";
import { type Aftermath, EffectRecorder } from "../harness/effects.ts";
import { randomOf } from "./random.ts";

/** The share of requests that are noted, and then answered with an error or not at all: half of them each. */
const unheardShare = 0.04;

/** Whoever the steps of the work have effects at: a recorder with a MySQL of its own, which no fault reaches. */
export interface Elsewhere {
  readonly recorder: EffectRecorder;
  stop(): Promise<void>;
}

/** Starts it. Some of what it does is never heard of, chosen by the seed. */
export async function startElsewhere(seed: number): Promise<Elsewhere> {
  const folder = await mkdtemp(join(tmpdir(), "orders-elsewhere-"));
  const server = await startMysql({
    ...{ dataDir: join(folder, "mysql"), logFile: join(folder, "mysql.log") },
    ...{ options: ["--innodb-buffer-pool-size=64M"], config: { ...readLocalConfig(), mysqlUrl: undefined } },
  });
  const recorder = await EffectRecorder.start(server.url);
  const random = randomOf(seed);
  recorder.aftermath = (): Aftermath => {
    const drawn = random();
    if (drawn >= unheardShare) return "answer";
    return drawn < unheardShare / 2 ? "fail" : "drop";
  };
  const stop = async () => {
    await recorder.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  return { recorder, stop };
}
