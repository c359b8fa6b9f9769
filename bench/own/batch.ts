import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { laptopBody } from "../measure/laptop.ts";

/** How fast `POST /orders/batch` takes orders. */
export interface BatchCreates {
  /** Orders a second, each answered with 201. */
  readonly perSecond: number;
  readonly orders: number;
  readonly seconds: number;
}

/** The largest batch there may be. */
const batchSize = 500;
const connections = 4;

const body = `{"orders":[${Array.from({ length: batchSize }, () => laptopBody).join(",")}]}`;
const accepted = Buffer.from('{"status":201,');

/**
 * Posts full batches, a few at a time, for this long after a warm-up.
 *
 * @param url `http://host:port`; the system's workers are paused
 * @throws when an order is answered with anything but 201
 */
export async function measureBatch(url: string, seconds: number, warmUpSeconds = 2): Promise<BatchCreates> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    await postFor(agent, url, warmUpSeconds);
    const begun = performance.now();
    const orders = await postFor(agent, url, seconds);
    const took = (performance.now() - begun) / 1_000;
    return { perSecond: orders / took, orders, seconds: took };
  } finally {
    agent.destroy();
  }
}

/** Answers how many orders were taken. */
async function postFor(agent: Agent, url: string, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let orders = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await post(agent, url);
      orders += batchSize;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return orders;
}

async function post(agent: Agent, url: string): Promise<void> {
  const headers = { "Content-Type": "application/json", "Content-Length": body.length };
  const posted = request(`${url}/orders/batch`, { agent, method: "POST", headers });
  posted.end(body);
  const [response] = (await once(posted, "response")) as [IncomingMessage];
  const content = Buffer.concat(await response.toArray());
  const count = occurrences(content, accepted);
  if (response.statusCode === 200 && count === batchSize) return;
  throw new Error(`of ${batchSize} orders ${count} were taken: ${response.statusCode} ${content.subarray(0, 500)}`);
}

/** Counts in the text as it came: to parse it would take the benchmark more time than the system. */
function occurrences(content: Buffer, wanted: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(wanted); at >= 0; at = content.indexOf(wanted, at + wanted.length)) count += 1;
  return count;
}
