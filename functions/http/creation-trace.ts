import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Creation, NewOrder } from "../../core/db/create-orders.ts";
import type { Order } from "../../core/domain/order.ts";
import { derivedSpanId, randomSpanId } from "../../core/telemetry/trace-ids.ts";
import { parseTraceparent, type RemoteSpan } from "../../core/telemetry/traceparent.ts";
import { startTraces, type Traces } from "../../core/telemetry/traces.ts";
import { config, log } from "../settings.ts";
import { header } from "./header.ts";

/** Once it has answered, a Lambda is frozen: its spans get so much time to leave before, in milliseconds. */
const flushMs = 50;

const isFrozenAfterwards = config.AWS_LAMBDA_FUNCTION_NAME !== undefined && config.IS_OFFLINE === undefined;

/** Undefined when nothing is traced. */
const traces = await startTraces(config, "orders-http", log);

/** A request to create orders begins. Undefined when nothing is traced. */
export function beginRequest(event: APIGatewayProxyEventV2, route: string): RequestTrace | undefined {
  return traces && new RequestTrace(traces, route, parseTraceparent(header(event, "traceparent")));
}

/** Orders begin to be stored and enqueued together. Undefined when nothing is traced. */
export function beginStoring(wanted: readonly NewOrder[]): StoringTrace | undefined {
  const traced = traces && wanted.filter(({ order }) => traces.isTraced(order.id));
  // Mostly there is none among them.
  return traces === undefined || traced === undefined || traced.length === 0
    ? undefined
    : new StoringTrace(traces, traced, wanted.length);
}

/** The root of each order's trace: the request that created it. */
class RequestTrace {
  readonly #traces: Traces;
  readonly #route: string;
  readonly #link: RemoteSpan | undefined;
  readonly #begun: number;

  constructor(traces: Traces, route: string, link: RemoteSpan | undefined) {
    this.#traces = traces;
    this.#route = route;
    this.#link = link;
    this.#begun = traces.now();
  }

  /** Follows the creation of orders. A replay has created none: the order's trace began when it was. */
  async follow<T extends Creation | readonly Creation[]>(
    wanted: readonly NewOrder[],
    create: () => Promise<T>,
  ): Promise<T> {
    try {
      const made = await create();
      for (const one of [made].flat() as Creation[]) if (one.outcome === "created") this.#add(one.order, wanted.length);
      return made;
    } catch (error) {
      for (const { order } of wanted) this.#add(order, wanted.length, error);
      throw error;
    } finally {
      if (isFrozenAfterwards) await this.#traces.flush(flushMs);
    }
  }

  #add({ id: orderId, status }: Order, size: number, error?: unknown): void {
    if (!this.#traces.isTraced(orderId)) return;
    this.#traces.add({
      ...{ orderId, name: "create order", kind: "server", spanId: derivedSpanId(orderId, "create") },
      ...{ begun: this.#begun, ended: this.#traces.now(), link: this.#link },
      attributes: {
        "http.request.method": "POST",
        "http.route": this.#route,
        "orders.order.id": orderId,
        "orders.status": status,
        "orders.batch.size": size,
      },
      error: error === undefined ? undefined : String(error),
    });
  }
}

/** Follows orders that are stored and enqueued together, whichever requests they came with. */
class StoringTrace {
  readonly #traces: Traces;
  readonly #traced: readonly NewOrder[];
  readonly #size: number;
  #begun: number;

  constructor(traces: Traces, traced: readonly NewOrder[], size: number) {
    this.#traces = traces;
    this.#traced = traced;
    this.#size = size;
    this.#begun = traces.now();
  }

  /** The INSERT is over. */
  stored(creations: readonly Creation[]): void {
    const created = new Set(creations.map((one) => (one.outcome === "created" ? one.order.id : "")));
    this.#insert(this.#traced.filter(({ order }) => created.has(order.id)));
    this.#begun = this.#traces.now();
  }

  /** The INSERT failed. */
  failed(error: unknown): void {
    this.#insert(this.#traced, String(error));
  }

  /** These were enqueued, or Redis did not take them. */
  rung(enqueued: readonly Order[], isDone: boolean): void {
    const attributes = {
      "messaging.system": "redis",
      "messaging.destination.name": "orders:queue",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.batch.message_count": enqueued.length,
    };
    for (const { id } of enqueued) {
      if (!this.#traces.isTraced(id)) continue;
      this.#add(
        id,
        "producer",
        "send orders:queue",
        attributes,
        isDone ? undefined : "Redis did not take it: the relay will",
      );
    }
  }

  #insert(orders: readonly NewOrder[], error?: string): void {
    const attributes = {
      "db.system.name": "mysql",
      "db.collection.name": "orders",
      "db.operation.name": "INSERT",
      "db.operation.batch.size": this.#size,
    };
    for (const { order } of orders) this.#add(order.id, "client", "INSERT orders", attributes, error);
  }

  #add(
    orderId: string,
    kind: "client" | "producer",
    name: string,
    attributes: Readonly<Record<string, string | number>>,
    error?: string,
  ): void {
    this.#traces.add({
      ...{ orderId, kind, name, spanId: randomSpanId(), begun: this.#begun, ended: this.#traces.now(), error },
      parent: { spanId: derivedSpanId(orderId, "create"), isRemote: false },
      attributes: { ...attributes, "orders.order.id": orderId },
    });
  }
}
