import { Client, type ClientOptions, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect } from "vitest";
import {
  BatchUpdateOrderStatusRequest,
  BatchUpdateOrderStatusResponse,
  type OrderStatusResult,
  type OrderStatusUpdate,
} from "../../core/gen/orders/v1/orders.ts";
import { Queue } from "../../core/queue/queue.ts";
import { GatewayServer } from "../../grpc-gateway/server.ts";
import { useDatabase } from "./database.ts";
import { silent, testPolicy } from "./gateway.ts";
import { rows, storeOrders } from "./orders.ts";
import { useRedis } from "./redis.ts";

interface Answer {
  readonly code: status;
  readonly details: string;
  readonly response: Buffer<ArrayBufferLike>;
}

export type Method = "UpdateOrderStatus" | "BatchUpdateOrderStatus";

/** Sends whatever bytes as requests. */
export class RawCaller {
  readonly #client: Client;

  constructor(port: number, options: ClientOptions = {}) {
    const unbounded = { ...options, "grpc.max_send_message_length": -1 };
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), unbounded);
  }

  /** Never rejects. A call that hangs is DEADLINE_EXCEEDED. */
  send(method: Method, request: Uint8Array): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#client.makeUnaryRequest(
      `/orders.v1.OrderStatusService/${method}`,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => Buffer.from(bytes),
      Buffer.from(request),
      new Metadata(),
      { deadline: Date.now() + 20_000 },
      (error: ServiceError | null, response = Buffer.alloc(0)) =>
        resolve({ code: error?.code ?? status.OK, details: error?.details ?? "", response }),
    );
    return promise;
  }

  /** Expects a result for each update. */
  async sendBatch(updates: OrderStatusUpdate[]): Promise<OrderStatusResult[]> {
    const { code, details, response } = await this.send("BatchUpdateOrderStatus", encodeBatch(updates));
    expect([code, details]).toEqual([status.OK, ""]);
    const { results } = BatchUpdateOrderStatusResponse.decode(response);
    expect(results).toHaveLength(updates.length);
    return results;
  }

  close(): void {
    this.#client.close();
  }
}

export function encodeBatch(updates: OrderStatusUpdate[]): Uint8Array {
  return BatchUpdateOrderStatusRequest.encode({ updates }).finish();
}

/** A gateway of the test file's own, with orders in its database that no update is about. */
export function useRawGateway() {
  const { database, gateway } = useDatabase();
  const redis = useRedis();
  const used = { database } as { database: typeof database; port: number; caller: RawCaller };
  let bystanders: unknown[];
  let stop = async () => {};
  beforeAll(async () => {
    const queue = new Queue(redis.url, 2_000);
    const server = new GatewayServer({ database: gateway, queue, policy: testPolicy, log: silent });
    used.port = await server.listen("127.0.0.1:0");
    used.caller = new RawCaller(used.port);
    stop = async () => {
      used.caller.close();
      await server.stop(1_000);
      queue.close();
    };
    await storeOrders(database, 3);
    bystanders = await rows(database, "SELECT * FROM orders");
  });
  afterAll(() => stop());

  /** The bystanders are as they were, and every order has as many lines of history as it says, numbered from 1. */
  async function expectNothingBroken(): Promise<void> {
    const ids = bystanders.map((row) => (row as { id: Buffer }).id);
    expect(await rows(database, "SELECT * FROM orders WHERE id IN (?)", [ids])).toEqual(bystanders);
    const illegal = await rows(
      database,
      `SELECT BIN_TO_UUID(id), version FROM orders LEFT JOIN order_events ON order_id = id GROUP BY id
      HAVING COUNT(seq) <> version OR COALESCE(MAX(seq), 0) <> version OR SUM(order_events.status = 'completed') > 1`,
    );
    expect(illegal).toEqual([]);
  }
  return Object.assign(used, { expectNothingBroken });
}
