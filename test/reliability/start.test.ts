import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Load } from "../../cli/load/load.ts";
import { Fleet } from "../harness/fleet/fleet.ts";
import { until } from "../harness/until.ts";
import { flawless, settledLedger } from "./ledger.ts";
import { say, useFleet } from "./use-fleet.ts";

/** How long MySQL and Redis are away, in milliseconds. */
const absenceMs = 60_000;

/** How soon an order may be expected to be completed once everything is there, in milliseconds. */
const someSecondsMs = 15_000;

const used = useFleet({ gateways: 1, workers: 1 }, Fleet.prepare);
const loads: Load[] = [];

/** The HTTP status of what a service says of itself; `http` has one answer for both. */
async function probe(name: string, what: "livez" | "readyz"): Promise<number> {
  const url = used.fleet.readyUrl(name);
  const answer = await fetch(name === "http" ? url : new URL(what, url), { signal: AbortSignal.timeout(10_000) });
  await answer.text();
  return answer.status;
}

/** Lets the absence pass and looks at everything meanwhile. */
async function throughAbsence(look: () => Promise<void>): Promise<void> {
  for (const end = performance.now() + absenceMs; performance.now() < end; await delay(1_000)) await look();
}

async function pids(): Promise<readonly number[]> {
  return Promise.all(used.fleet.services.map((name) => used.fleet.pid(name)));
}

/** Sends some orders and waits until they are completed, which they are soon. */
async function expectOrdersComplete(name: string): Promise<void> {
  const begun = performance.now();
  const load = Load.start({ url: used.fleet.url, name, rate: 20, seconds: 1 });
  loads.push(load);
  await load.finished;
  const found = await settledLedger(used.fleet, loads, someSecondsMs);
  expect(found).toMatchObject(flawless(found.acknowledged));
  expect(load.acknowledged).toHaveLength(20);
  say(`${name}: 20 orders, of a second, are completed after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
}

/** Waits until the log says something, from this length of it on. */
async function logged(name: string, text: string, from = 0): Promise<void> {
  const look = async () => (await used.fleet.log(name)).slice(from).includes(text);
  await until(`${name} says "${text}"`, look, someSecondsMs);
}

test(`services that start ${absenceMs / 1_000} s before MySQL and Redis wait, and say for what`, async () => {
  const { fleet } = used;
  await fleet.unmigrate();
  await fleet.down("mysql", "redis-1");
  // The one that needs the others most comes first.
  for (const name of ["worker-1", "gateway-1", "http"]) await fleet.up(name);
  const before = await pids();
  await throughAbsence(async () => {
    const live = await Promise.all([probe("worker-1", "livez"), probe("gateway-1", "livez")]);
    expect(live).toEqual([200, 200]);
    expect(await Promise.all(fleet.services.map((name) => probe(name, "readyz")))).toEqual([503, 503, 503]);
  });
  await logged("worker-1", "Redis is away, trying again");
  await logged("gateway-1", "waiting for MySQL");

  await fleet.up("mysql");
  await logged("gateway-1", "the database has no tables yet");
  expect(await probe("gateway-1", "readyz")).toBe(503);
  await fleet.migrate();
  await fleet.up("redis-1");
  const begun = performance.now();
  await fleet.ready();
  say(`ready ${((performance.now() - begun) / 1_000).toFixed(1)} s after the last of them came`);
  await expectOrdersComplete("late-stores");
  expect(await pids()).toEqual(before);
});

test("http first, then the worker, and the gateway last", async () => {
  const { fleet } = used;
  await fleet.down(...fleet.services);
  const from = (await fleet.log("worker-1")).length;
  await fleet.up("http");
  const early = Load.start({ url: fleet.url, name: "early", rate: 20, seconds: 1 });
  loads.push(early);
  await early.finished;
  expect(early.failures).toEqual([]);
  await fleet.up("worker-1");
  await logged("worker-1", "waiting for the gateway", from);
  expect([await probe("worker-1", "livez"), await probe("worker-1", "readyz")]).toEqual([200, 503]);
  await fleet.up("gateway-1");
  await fleet.ready();
  await expectOrdersComplete("gateway-last");
});

test(`MySQL disappears for ${absenceMs / 1_000} s: nobody is restarted, and all goes on when it is back`, async () => {
  const { fleet } = used;
  const before = await pids();
  await fleet.down("mysql");
  const readyz = () => probe("gateway-1", "readyz");
  await until("the gateway is not ready", async () => (await readyz()) === 503);
  await throughAbsence(async () => {
    const live = await Promise.all([probe("worker-1", "livez"), probe("gateway-1", "livez")]);
    expect(live).toEqual([200, 200]);
    expect([await readyz(), await probe("http", "readyz")]).toEqual([503, 503]);
    const answer = await fetch(`${fleet.url}/orders`);
    expect([answer.status, answer.headers.has("retry-after")]).toEqual([503, true]);
    await answer.text();
  });
  await fleet.up("mysql");
  await fleet.ready();
  await expectOrdersComplete("mysql-is-back");
  expect(await pids()).toEqual(before);
});

test(`Redis disappears for ${absenceMs / 1_000} s: creates are answered, and worked on when it is back`, async () => {
  const { fleet } = used;
  const before = await pids();
  await fleet.down("redis-1");
  const meanwhile = Load.start({ url: fleet.url, name: "without-redis", rate: 10 });
  loads.push(meanwhile);
  await until("the worker is not ready", async () => (await probe("worker-1", "readyz")) === 503);
  await throughAbsence(async () => {
    const live = await Promise.all([probe("worker-1", "livez"), probe("gateway-1", "livez"), probe("http", "livez")]);
    expect(live).toEqual([200, 200, 200]);
    expect(await probe("worker-1", "readyz")).toBe(503);
  });
  await meanwhile.stop();
  expect(meanwhile.failures).toEqual([]);
  await fleet.up("redis-1");
  await fleet.ready();
  await expectOrdersComplete("redis-is-back");
  expect(await pids()).toEqual(before);
});
