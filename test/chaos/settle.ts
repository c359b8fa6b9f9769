import { messageOf } from "../../infra/local/failure.ts";
import type { Fleet } from "../harness/fleet/fleet.ts";
import { rows, untilAllEnded } from "../harness/orders.ts";
import { until } from "../harness/until.ts";

/** What delivered entries may take to leave the stream: two rounds of the relay, and some time to look (D3). */
const emptyMs = 5_000;

/** How the system came to rest. */
export interface Settled {
  /** When the last order had ended, in milliseconds since 1970. */
  readonly at: number;
  /** Orders that had failed, each for a reason, and were given another round. */
  readonly redriven: number;
  readonly problems: readonly string[];
}

interface Failed {
  readonly id: string;
  readonly item: string;
  readonly failures: number;
}

/** Lets every order end, gives what has failed another round, and looks at what is left in Redis. */
export async function settle(fleet: Fleet, withinMs: number, signal: AbortSignal): Promise<Settled> {
  const unready = await fleet.ready().then(
    () => [],
    (error: unknown) => [`stuck: ${messageOf(error)}`],
  );
  const open = await noneOpen(fleet, withinMs, signal);
  const at = Date.now();
  if (open !== undefined || unready.length > 0) return { at, redriven: 0, problems: [...unready, open ?? []].flat() };
  const failed = await failedOrders(fleet);
  const problems = failed.filter((order) => !isForAReason(order)).map(({ id, failures }) => unfounded(id, failures));
  await redrive(fleet, failed);
  const again = await noneOpen(fleet, withinMs, signal);
  return {
    ...{ at, redriven: failed.length },
    problems: [...problems, ...(again === undefined ? [] : [again]), ...(await leftInRedis(fleet))],
  };
}

/** Waits until no order is open; answers what it sees when that takes too long. */
function noneOpen(fleet: Fleet, withinMs: number, signal: AbortSignal): Promise<string | undefined> {
  return untilAllEnded(fleet.database, withinMs, signal).then(
    () => undefined,
    (error: unknown) => {
      signal.throwIfAborted();
      return `stuck: ${messageOf(error)}`;
    },
  );
}

function failedOrders(fleet: Fleet): Promise<Failed[]> {
  return rows<Failed>(
    fleet.database,
    "SELECT BIN_TO_UUID(id) AS id, item, failures FROM orders WHERE status = 'failed'",
  );
}

/** Its work said that it is for good, or its failures are used up (MAX_ATTEMPTS, 5). */
function isForAReason({ item, failures }: Failed): boolean {
  return item.startsWith("poison:permanent") || failures >= 5;
}

function unfounded(id: string, failures: number): string {
  return `illegal: ${id} failed after ${failures} failures`;
}

/** As operators do: by then nothing fails for good any more. */
async function redrive(fleet: Fleet, failed: readonly Failed[]): Promise<void> {
  for (const { id } of failed) {
    const isRedriven = async () => {
      const answer = await fetch(`${fleet.url}/orders/${id}/redrive`, { method: "POST" });
      await answer.text();
      // It was not answered the first time, and has failed no more since.
      return answer.status === 200 || answer.status === 409;
    };
    await until(`${id} is redriven`, isRedriven, 30_000);
  }
}

async function leftInRedis(fleet: Fleet): Promise<string[]> {
  return fleet.redis.ask(async (redis) => {
    const isEmpty = async () => (await redis.xlen("orders:queue")) === 0;
    return until("the queue is empty", isEmpty, emptyMs).then(
      () => [],
      async () => [`left in Redis: ${await redis.xlen("orders:queue")} entries`],
    );
  });
}
