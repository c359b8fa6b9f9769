import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { RunningSystem } from "../system.ts";
import { laptopBody } from "./laptop.ts";

/** Orders a second: far below what any of them can do. */
const rate = 25;

/** How often it is looked whether an order is completed, in milliseconds: it makes every figure longer by half of it. */
const lookEveryMs = 1;

/** How many orders of the warm-up are posted at once. */
const warmUpLanes = 16;

/** An order that is not completed by then never will be, in milliseconds. */
const longestMs = 10_000;

/**
 * Posts orders one after the other at low load, and takes the time from when a POST is sent to when MySQL shows the
 * order as completed to others, in milliseconds.
 */
export async function measureToCompleted(system: RunningSystem, orders: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let count = 0; count < orders; count++) {
    const begun = performance.now();
    const id = await post(system.url);
    while (!(await system.isCompleted(id))) {
      if (performance.now() - begun > longestMs) throw new Error(`order ${id} was not completed in ${longestMs} ms`);
      await delay(lookEveryMs);
    }
    latencies.push(performance.now() - begun);
    // Not in step with anything's timers.
    await delay(Math.max(0, begun + (500 + 1_000 * Math.random()) / rate - performance.now()));
  }
  return latencies;
}

/** Posts orders, several at a time, and waits until they are completed: so that the code is compiled that runs now. */
export async function warmUp(system: RunningSystem, orders: number): Promise<void> {
  let left = orders;
  const ids: string[] = [];
  const lane = async () => {
    while (left-- > 0) ids.push(await post(system.url));
  };
  await Promise.all(Array.from({ length: warmUpLanes }, lane));
  for (const id of ids) while (!(await system.isCompleted(id))) await delay(lookEveryMs);
}

/** Not fetch, which takes a millisecond of its own at low load: what is measured is to be the system's time. */
const agent = new Agent({ keepAlive: true });
const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(laptopBody) };

async function post(url: string): Promise<string> {
  const sent = request(`${url}/orders`, { method: "POST", agent, headers });
  sent.end(laptopBody);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const order = (await json(answer)) as { id?: string | number };
  if (answer.statusCode !== 201 || order.id === undefined) {
    throw new Error(`POST /orders answers ${answer.statusCode}`);
  }
  return String(order.id);
}
