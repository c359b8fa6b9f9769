import { expect, test } from "vitest";
import { Load } from "../../cli/load/load.ts";
import { latencyWithin } from "../harness/quantile.ts";
import { until } from "../harness/until.ts";
import { flawless, settledLedger } from "./ledger.ts";
import { patienceMs, say, useFleet } from "./use-fleet.ts";

/** The longest time in which no order may be completed anywhere, in milliseconds. */
const longestPauseMs = 2_000;

/** How often each of them is restarted. */
const rounds = 4;

const used = useFleet({ gateways: 2, workers: 2, env: { PROCESS_MS: "100" } });

test("a rolling restart of two gateways and two workers under load: no failed create, no pause, nothing twice", async () => {
  const { fleet } = used;
  const load = Load.start({ url: fleet.url, name: "rolling", rate: 50, timeoutMs: patienceMs });
  try {
    // A second of steady work before, between and after.
    const flowOn = async () => {
      const before = load.acknowledged.length;
      await until("load flows", async () => load.acknowledged.length > before + 50);
    };
    await flowOn();
    for (const name of Array.from({ length: rounds }, () => [...fleet.gateways, ...fleet.workers]).flat()) {
      const begun = performance.now();
      const [how] = await fleet.down(name);
      const endedMs = Math.round(performance.now() - begun);
      expect(how).toBe("exited with code 0");
      await fleet.up(name);
      await fleet.ready();
      say(`${name}: stopped after ${endedMs} ms, ready again after ${Math.round(performance.now() - begun)} ms`);
      await flowOn();
    }
  } finally {
    await load.stop();
  }
  const found = await settledLedger(fleet, [load], 60_000);
  const pauseMs = found.longestPauseMs;
  say(
    `rolling restart: longest pause ${(pauseMs / 1_000).toFixed(1)} s, ${load.failures.length} failed creates of ` +
      `${load.begun} (p99 ${latencyWithin(0.99, load.acknowledged).toFixed(0)} ms), ${found.released} claims given back`,
  );
  expect(load.failures).toEqual([]);
  expect(found).toMatchObject(flawless(load.begun));
  expect(pauseMs).toBeLessThan(longestPauseMs);
});
