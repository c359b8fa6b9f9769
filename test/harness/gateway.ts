import { credentials, Metadata } from "@grpc/grpc-js";
import { pino } from "pino";
import { defaultBackoff } from "../../core/domain/retry.ts";
import type { LeasePolicy } from "../../core/domain/status-update.ts";
import {
  OrderStatus,
  type OrderStatusResult,
  OrderStatusServiceClient,
  type OrderStatusUpdate,
} from "../../core/gen/orders/v1/orders.ts";

/** Says nothing. */
export const silent = pino({ level: "silent" });

/** The defaults of production, but without chance: every backoff is half of its upper bound. */
export const testPolicy: LeasePolicy = { ...defaultBackoff, leaseMs: 10_000, maxFailures: 5, random: () => 0.5 };

/** How a caller secures its calls; without a certificate's authority, as PEM, they go in plaintext. */
export interface CallerSecurity {
  readonly token?: string;
  readonly authority?: string;
}

/** A worker's end of the contract. */
export class TestWorker {
  readonly workerId: string;
  readonly #client: OrderStatusServiceClient;
  readonly #metadata = new Metadata();

  constructor(port: number, workerId: string, { token, authority }: CallerSecurity = {}) {
    this.workerId = workerId;
    // Certificates are for names, so where there is one the gateway is dialled by its name.
    this.#client =
      authority === undefined
        ? new OrderStatusServiceClient(`127.0.0.1:${port}`, credentials.createInsecure())
        : new OrderStatusServiceClient(`localhost:${port}`, credentials.createSsl(Buffer.from(authority)));
    if (token !== undefined) this.#metadata.set("authorization", `Bearer ${token}`);
  }

  /** An update of this worker; a claim unless it says otherwise. */
  update(orderId: string, more: Partial<OrderStatusUpdate> = {}): OrderStatusUpdate {
    return {
      orderId,
      workerId: this.workerId,
      status: OrderStatus.PROCESSING,
      attempt: 0,
      reason: "",
      retryable: false,
      holdLimit: 0,
      ...more,
    };
  }

  send(...updates: OrderStatusUpdate[]): Promise<OrderStatusResult[]> {
    return new Promise((resolve, reject) => {
      this.#client.batchUpdateOrderStatus({ updates }, this.#metadata, (error, response) =>
        error === null ? resolve(response.results) : reject(error),
      );
    });
  }

  /** Sends one update by the call for one. */
  sendOne(update: OrderStatusUpdate): Promise<OrderStatusResult | undefined> {
    return new Promise((resolve, reject) => {
      this.#client.updateOrderStatus({ update }, this.#metadata, (error, response) =>
        error === null ? resolve(response.result) : reject(error),
      );
    });
  }

  async claim(...orderIds: string[]): Promise<OrderStatusResult[]> {
    return this.send(...orderIds.map((id) => this.update(id)));
  }

  async complete(orderId: string, attempt: number): Promise<OrderStatusResult | undefined> {
    return (await this.send(this.update(orderId, { status: OrderStatus.COMPLETED, attempt })))[0];
  }

  async fail(orderId: string, attempt: number, reason: string, retryable: boolean) {
    return (await this.send(this.update(orderId, { status: OrderStatus.FAILED, attempt, reason, retryable })))[0];
  }

  async release(orderId: string, attempt: number): Promise<OrderStatusResult | undefined> {
    return (await this.send(this.update(orderId, { status: OrderStatus.PENDING, attempt })))[0];
  }

  close(): void {
    this.#client.close();
  }
}
