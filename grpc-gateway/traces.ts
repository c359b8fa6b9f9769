import type { Change } from "../core/db/changes.ts";
import type { StatusUpdate } from "../core/domain/status-update.ts";
import { derivedSpanId, randomSpanId } from "../core/telemetry/trace-ids.ts";
import type { Traces } from "../core/telemetry/traces.ts";
import type { UpdateResult } from "./apply.ts";
import type { RepairName } from "./metrics/relay-metrics.ts";

/** By the update: what workers name their spans after. A renewal has none, in no process. */
const reports: { readonly [T in Exclude<StatusUpdate["type"], "renew">]: string } = {
  claim: "claim",
  complete: "completed",
  fail: "failed",
  release: "released",
};

const repairs: { readonly [R in RepairName]: string } = {
  due: "enqueue due",
  expired: "lease expired",
  lost: "enqueue again",
};

const store = {
  "db.system.name": "mysql",
  "db.collection.name": "orders",
  "db.operation.name": "UPDATE",
} as const;

/** What the gateway adds to the traces of orders. */
export class GatewayTraces {
  readonly #traces: Traces;

  constructor(traces: Traces) {
    this.#traces = traces;
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return this.#traces.now();
  }

  /**
   * A transaction of updates was committed just now.
   *
   * @param times when the call arrived, and how long the transaction took in milliseconds
   */
  applied(results: readonly UpdateResult[], { arrived, ms }: { readonly arrived: number; readonly ms: number }): void {
    const ended = this.#traces.now();
    for (const result of results) {
      const orderId = result.order?.id;
      if (orderId === undefined || !this.#traces.isTraced(orderId)) continue;
      this.#addApplied(orderId, result, { arrived, begun: ended - ms, ended, size: results.length });
    }
  }

  #addApplied(
    orderId: string,
    { update, decision }: UpdateResult,
    { arrived, begun, ended, size }: { arrived: number; begun: number; ended: number; size: number },
  ): void {
    if (decision.outcome !== "applied" || update.type === "renew") return;
    const report = reports[update.type];
    const { attempt } = decision.state;
    const spanId = randomSpanId();
    this.#traces.add({
      ...{ orderId, name: `apply ${report}`, kind: "server", spanId, begun: arrived, ended },
      parent: { spanId: derivedSpanId(orderId, `attempt/${attempt}/${report}`), isRemote: true },
      attributes: {
        "rpc.system": "grpc",
        "rpc.service": "orders.v1.OrderStatusService",
        "orders.order.id": orderId,
        "orders.attempt": attempt,
        "orders.worker.id": update.workerId,
        "orders.status": decision.state.status,
      },
    });
    this.#traces.add({
      ...{ orderId, name: "UPDATE orders", kind: "client", spanId: randomSpanId(), begun, ended },
      parent: { spanId, isRemote: false },
      attributes: { ...store, "db.operation.batch.size": size, "orders.order.id": orderId },
    });
  }

  /** A batch of repairs was committed and enqueued just now, which took so many milliseconds. */
  repaired(repair: RepairName, changes: readonly Change[], ms: number): void {
    const ended = this.#traces.now();
    for (const { id: orderId, state } of changes) {
      if (!this.#traces.isTraced(orderId)) continue;
      const isExpired = repair === "expired";
      const parent = isExpired ? `attempt/${state.attempt}` : "create";
      this.#traces.add({
        ...{ orderId, name: repairs[repair], kind: "internal", spanId: randomSpanId(), begun: ended - ms, ended },
        parent: { spanId: derivedSpanId(orderId, parent), isRemote: true },
        attributes: {
          "orders.order.id": orderId,
          "orders.attempt": state.attempt,
          "orders.status": state.status,
          "db.operation.batch.size": changes.length,
          ...(isExpired && state.workerId !== null && { "orders.worker.id": state.workerId }),
        },
        error: isExpired ? (state.reason ?? "the lease expired") : undefined,
      });
    }
  }
}
