import { fileURLToPath } from "node:url";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { loadPackageDefinition, Server, type ServiceClientConstructor, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { Order, statuses } from "./order.ts";

interface Loaded {
  naive: { OrderStatusService: ServiceClientConstructor };
}

interface StatusUpdate {
  orderId: number;
  status: string;
}

type Handler = ServerUnaryCall<StatusUpdate, Record<string, never>>;

/** The gRPC server that workers report to: one call changes one order, whatever its status was. */
export function statusServer(): Server {
  const definition = loadSync(fileURLToPath(new URL("order_status.proto", import.meta.url)), { longs: Number });
  const { naive } = loadPackageDefinition(definition) as unknown as Loaded;
  const server = new Server();
  server.addService(naive.OrderStatusService.service, { UpdateOrderStatus: updateOrderStatus });
  return server;
}

async function updateOrderStatus({ request }: Handler, answer: sendUnaryData<Record<string, never>>): Promise<void> {
  const wanted = statuses.find((known) => known === request.status);
  if (wanted === undefined) {
    answer({ code: status.INVALID_ARGUMENT, details: `no such status: ${request.status}` });
    return;
  }
  try {
    await Order.update({ status: wanted }, { where: { id: request.orderId } });
    answer(null, {});
  } catch (error) {
    answer({ code: status.INTERNAL, details: String(error) });
  }
}
