import { endedStatuses, type OrderStatus } from "../../core/domain/order.ts";
import type { Account, Line } from "./books.ts";

// Written anew, not taken from the transition table: a mistake there must not hide itself.

/** What may follow a status. */
const successors: { readonly [S in OrderStatus]: readonly OrderStatus[] } = {
  scheduled: ["pending", "cancelled"],
  pending: ["processing", "cancelled"],
  processing: ["completed", "failed", "scheduled", "pending"],
  completed: [],
  failed: ["pending"],
  cancelled: [],
};

/** What is wrong with an order's history, or with its row beside it; undefined when nothing is. */
export function illegality(account: Account): string | undefined {
  let before: Pick<Line, "status" | "attempt" | "worker" | "at"> = {
    ...{ status: account.isPutOff ? "scheduled" : "pending", attempt: 0, worker: null, at: account.createdAt },
  };
  for (const [index, line] of account.history.entries()) {
    const problem = lineIllegality(before, line, index + 1);
    if (problem !== undefined) return `line ${index + 1} (${line.status}): ${problem}`;
    before = line.status === "processing" ? line : { ...line, worker: before.worker };
  }
  return rowIllegality(account, before);
}

function lineIllegality(
  before: Pick<Line, "status" | "attempt" | "worker" | "at">,
  line: Line,
  seq: number,
): string | undefined {
  if (line.seq !== seq) return `its number is ${line.seq}`;
  if (!successors[before.status].includes(line.status)) return `it follows ${before.status}`;
  const attempt = line.status === "processing" ? before.attempt + 1 : before.attempt;
  if (line.attempt !== attempt) return `its attempt is ${line.attempt} instead of ${attempt}`;
  if (line.status === "processing" && line.worker === null) return "no worker has claimed it";
  if (before.status === "processing" && line.worker !== before.worker) {
    return `${line.worker} ended what ${before.worker} had claimed`;
  }
  return line.at < before.at ? "it happened before the line before it" : undefined;
}

function rowIllegality(account: Account, last: Pick<Line, "status" | "attempt" | "worker" | "at">): string | undefined {
  const { status, attempt, version, worker, isDue, completedAt, history } = account;
  if (version !== history.length) return `the row is at version ${version}, its history at ${history.length}`;
  if (status !== last.status) return `the row is ${status}, its history ends ${last.status}`;
  if (attempt !== last.attempt) return `the row is at attempt ${attempt}, its history at ${last.attempt}`;
  if (worker !== last.worker) return `the row names ${worker}, its history ${last.worker}`;
  if (isDue === endedStatuses.has(status)) return `it is ${status} and ${isDue ? "" : "not "}due`;
  if (completedAt !== (status === "completed" ? last.at : null)) return "completed_at is not when it was completed";
  return undefined;
}

/** An effect that a step had outside, as the one that it reached has noted it. */
export interface NotedEffect {
  readonly orderId: string;
  readonly attempt: number;
  readonly worker: string;
  /** Milliseconds since 1970, by MySQL's clock. */
  readonly at: number;
}

/** What the clients were told. */
export interface Told {
  /** What was answered with 201, by its id. */
  readonly acknowledged: ReadonlyMap<
    string,
    { readonly item: string; readonly quantity: number; readonly price: number }
  >;
  /** The orders whose cancellation was answered with 200. */
  readonly cancelled: readonly string[];
}

/** What was found wrong, by kind. All of them are empty when the promise was kept. */
export interface Verdict {
  /** What was acknowledged and is not so: an order that is not there or not as it was posted, a cancellation. */
  readonly lost: readonly string[];
  /** Orders that did not end, or that failed although they had another round. */
  readonly stuck: readonly string[];
  /** Orders that were completed twice, or made twice of one key, or had their effect twice. */
  readonly doubled: readonly string[];
  readonly illegal: readonly string[];
  /** Completed orders whose last attempt did not do its work before. */
  readonly untrue: readonly string[];
}

/** Judges by what MySQL holds alone, beside what the clients were told and what took effect outside. */
export function judge(told: Told, accounts: readonly Account[], effects: readonly NotedEffect[]): Verdict {
  return {
    lost: [...lostOrders(told, accounts), ...lostCancellations(told, accounts)],
    stuck: accounts
      .filter(({ status }) => status === "failed" || !endedStatuses.has(status))
      .map(({ id, status }) => `${id} is ${status}`),
    doubled: [...completedTwice(accounts), ...madeTwice(accounts)],
    illegal: illegalities(accounts),
    untrue: completedUndone(accounts, effects),
  };
}

function lostOrders({ acknowledged }: Told, accounts: readonly Account[]): string[] {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return [...acknowledged].flatMap(([id, { item, quantity, price }]) => {
    const stored = byId.get(id);
    if (stored === undefined) return [id];
    const isAsPosted = stored.item === item && stored.quantity === quantity && Number(stored.price) === price;
    return isAsPosted ? [] : [`${id} is ${stored.quantity} × ${stored.item} at ${stored.price}`];
  });
}

function lostCancellations({ cancelled }: Told, accounts: readonly Account[]): string[] {
  const statuses = new Map(accounts.map(({ id, status }) => [id, status]));
  return cancelled.flatMap((id) =>
    statuses.get(id) === "cancelled" ? [] : [`the cancellation of ${id}, which is ${statuses.get(id)}`],
  );
}

/** What is wrong with any of these orders, by their ids. */
export function illegalities(accounts: readonly Account[]): readonly string[] {
  return accounts.flatMap((account) => {
    const problem = illegality(account);
    return problem === undefined ? [] : [`${account.id}: ${problem}`];
  });
}

/** Orders with more than one completion in their history. */
export function completedTwice(accounts: readonly Account[]): string[] {
  return accounts.flatMap(({ id, history }) => {
    const completions = history.filter(({ status }) => status === "completed").length;
    return completions > 1 ? [`${id} was completed ${completions} times`] : [];
  });
}

function madeTwice(accounts: readonly Account[]): string[] {
  const byKey = Map.groupBy(accounts, ({ idempotencyKey }) => idempotencyKey);
  return [...byKey].flatMap(([key, made]) =>
    key !== null && made.length > 1 ? [`${made.map(({ id }) => id).join(" and ")} were made of one key`] : [],
  );
}

/** An old attempt's report taken for the new one's shows here: the order is completed before the new one has worked. */
function completedUndone(accounts: readonly Account[], effects: readonly NotedEffect[]): string[] {
  const doneAt = new Map<string, number>();
  for (const { orderId, attempt, worker, at } of effects) {
    const key = `${orderId} ${attempt} ${worker}`;
    doneAt.set(key, Math.min(at, doneAt.get(key) ?? at));
  }
  return accounts.flatMap(({ id, status, attempt, worker, completedAt }) => {
    if (status !== "completed") return [];
    const at = doneAt.get(`${id} ${attempt} ${worker}`);
    if (at !== undefined && at <= (completedAt ?? 0)) return [];
    const what = at === undefined ? "although it had no effect" : "before it had its effect";
    return [`${id}: attempt ${attempt} of ${worker} was completed ${what}`];
  });
}
