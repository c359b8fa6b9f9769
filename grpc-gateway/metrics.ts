import type { ServerInterceptor } from "@grpc/grpc-js";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { RetryReason } from "../core/db/database.ts";
import type { OrderStatus } from "../core/domain/order.ts";
import type { UpdateResult } from "./apply.ts";
import { callMetrics } from "./metrics/call-metrics.ts";
import { CountMetrics } from "./metrics/count-metrics.ts";
import { RelayMetrics } from "./metrics/relay-metrics.ts";
import { UpdateCounts } from "./metrics/update-counts.ts";

/** What a transaction is for. */
export type TransactionWork = "updates" | "repair";

/**
 * What the gateway counts, for Prometheus. On the way of every order there is an addition or two; all else is done once
 * for a batch, a round or a scrape.
 */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly relay = new RelayMetrics(this.registry);
  readonly counts = new CountMetrics(this.registry);
  /** Times the calls of a gRPC server. */
  readonly calls: ServerInterceptor = callMetrics(this.registry);
  readonly #updates = new UpdateCounts(this.registry);
  readonly #batchSize: Histogram;
  readonly #transactions: { readonly [W in TransactionWork]: { observe(seconds: number): void } };
  readonly #transactionRetries: { readonly [R in RetryReason]: { inc(): void } };
  readonly #failed: { readonly [C in FailureCause]: { inc(count: number): void } };
  readonly #retries: { readonly [C in FailureCause]: { inc(count: number): void } };

  constructor() {
    const registers = [this.registry];
    this.#batchSize = new Histogram({
      name: "orders_gateway_batch_size",
      help: "Updates in a call.",
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000],
      registers,
    });
    const transactions = new Histogram({
      name: "orders_gateway_transaction_duration_seconds",
      help: "Transactions that were committed, from having a connection to the commit; the last try alone.",
      labelNames: ["work"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.#transactions = {
      updates: transactions.labels({ work: "updates" }),
      repair: transactions.labels({ work: "repair" }),
    };
    const retries = new Counter({
      name: "orders_gateway_transaction_retries_total",
      help: "Pieces of work in MySQL that were tried again, by why. Sum over replicas.",
      labelNames: ["reason"],
      registers,
    });
    const retriesFor = (reason: RetryReason) => zeroed(retries.labels({ reason }));
    this.#transactionRetries = {
      deadlock: retriesFor("deadlock"),
      lock_wait: retriesFor("lock_wait"),
      connection: retriesFor("connection"),
    };
    const byCause = (name: string, help: string) => {
      const counter = new Counter({ name, help: `${help} Sum over replicas.`, labelNames: ["cause"], registers });
      return {
        attempt: zeroed(counter.labels({ cause: "attempt" })),
        lease: zeroed(counter.labels({ cause: "lease" })),
      };
    };
    this.#failed = byCause(
      "orders_gateway_orders_failed_total",
      "Orders that failed for good, until they are redriven.",
    );
    this.#retries = byCause("orders_gateway_retries_scheduled_total", "Orders that failed and are tried again later.");
    collectDefaultMetrics({ register: this.registry });
  }

  /** What there is to tell, in Prometheus' text format. */
  async text(): Promise<string> {
    // prom-client writes it as nothing else does.
    return (await this.registry.metrics()).replaceAll(" Nan\n", " NaN\n");
  }

  /** A call with so many updates came, of which some could not be read. */
  received(updates: number, unreadable: number): void {
    this.#batchSize.observe(updates);
    this.#updates.addUnreadable(unreadable);
  }

  /** @param ms how long it took, in milliseconds */
  committed(work: TransactionWork, ms: number): void {
    this.#transactions[work].observe(ms / 1_000);
  }

  retriedInMysql(reason: RetryReason): void {
    this.#transactionRetries[reason].inc();
  }

  /** Counts the results of updates that are committed. */
  applied(results: readonly UpdateResult[]): void {
    this.#updates.add(results);
    let [failed, retries] = [0, 0];
    for (const { update, decision } of results) {
      if (update.type !== "fail" || decision.outcome !== "applied") continue;
      if (decision.state.status === "failed") failed += 1;
      else retries += 1;
    }
    this.#note("attempt", failed, retries);
  }

  /** Counts orders whose lease was over, by the status that they have now. */
  expired(statuses: readonly OrderStatus[]): void {
    const countOf = (wanted: OrderStatus) => statuses.filter((status) => status === wanted).length;
    this.#note("lease", countOf("failed"), countOf("scheduled"));
  }

  #note(cause: FailureCause, failed: number, retries: number): void {
    if (failed > 0) this.#failed[cause].inc(failed);
    if (retries > 0) this.#retries[cause].inc(retries);
  }
}

/** A worker said so, or was not heard of. */
type FailureCause = "attempt" | "lease";

/** So that its first increase is seen as one. */
function zeroed<C extends { inc(count: number): void }>(counter: C): C {
  counter.inc(0);
  return counter;
}
