import { Metadata, type ServerUnaryCall, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";
import { DatabaseUnavailable } from "../core/db/errors.ts";
import {
  BatchUpdateOrderStatusRequest,
  type BatchUpdateOrderStatusResponse,
  type OrderStatusResult,
  OrderStatusServiceService,
  type OrderStatusUpdate,
  Outcome,
  RejectionReason,
  UpdateOrderStatusRequest,
  type UpdateOrderStatusResponse,
} from "../core/gen/orders/v1/orders.ts";
import { type AddressedUpdate, type ApplyDependencies, applyUpdates } from "./apply.ts";
import { requestDecoder, UnreadableRequest } from "./requests.ts";
import { formatInvalid, formatResult, parseUpdate } from "./wire.ts";

/** More updates than this in one call are refused. */
const maxBatch = 5_000;

const { updateOrderStatus, batchUpdateOrderStatus } = OrderStatusServiceService;

/** The gRPC service that workers report to, `orders.v1.OrderStatusService`. */
export const statusServiceDefinition = {
  updateOrderStatus: {
    ...updateOrderStatus,
    requestDeserialize: requestDecoder((bytes) => UpdateOrderStatusRequest.decode(bytes), maxBatch),
  },
  batchUpdateOrderStatus: {
    ...batchUpdateOrderStatus,
    requestDeserialize: requestDecoder((bytes) => BatchUpdateOrderStatusRequest.decode(bytes), maxBatch),
  },
};

type Call<Request, Response> = ServerUnaryCall<Request | UnreadableRequest, Response>;
type UpdateCall = Call<UpdateOrderStatusRequest, UpdateOrderStatusResponse>;
type BatchCall = Call<BatchUpdateOrderStatusRequest, BatchUpdateOrderStatusResponse>;

/** What answers the calls of {@link statusServiceDefinition}. */
export function createStatusService(dependencies: ApplyDependencies) {
  return {
    updateOrderStatus(call: UpdateCall, callback: sendUnaryData<UpdateOrderStatusResponse>) {
      answer(dependencies, callback, () => updateOne(dependencies, call));
    },
    batchUpdateOrderStatus(call: BatchCall, callback: sendUnaryData<BatchUpdateOrderStatusResponse>) {
      answer(dependencies, callback, () => updateMany(dependencies, call));
    },
  };
}

async function updateOne(dependencies: ApplyDependencies, call: UpdateCall): Promise<UpdateOrderStatusResponse> {
  const { update } = readable(call.request);
  if (update === undefined) throw serviceError(status.INVALID_ARGUMENT, "update: expected an update");
  const [result] = await apply(dependencies, call, [update]);
  if (result?.outcome === Outcome.REJECTED) throw rejection(result);
  return { result };
}

async function updateMany(dependencies: ApplyDependencies, call: BatchCall): Promise<BatchUpdateOrderStatusResponse> {
  const { updates } = readable(call.request);
  return { results: await apply(dependencies, call, updates) };
}

function readable<Request extends object>(request: Request | UnreadableRequest): Request {
  if (request instanceof UnreadableRequest) throw serviceError(status.INVALID_ARGUMENT, request.reason);
  return request;
}

/** Applies what can be read, and answers with a result for each update, in order. */
async function apply(
  dependencies: ApplyDependencies,
  call: Pick<ServerUnaryCall<unknown, unknown>, "cancelled">,
  wire: readonly OrderStatusUpdate[],
): Promise<OrderStatusResult[]> {
  const parsed = wire.map(parseUpdate);
  const valid = parsed.filter((one): one is AddressedUpdate => !("invalid" in one));
  dependencies.metrics?.received(wire.length, wire.length - valid.length);
  const assertWanted = () => {
    if (call.cancelled) throw serviceError(status.CANCELLED, "the caller is gone, or its deadline has passed");
  };
  const results = (await applyUpdates(dependencies, valid, assertWanted)).values();
  return parsed.map((one, index) => {
    const orderId = wire[index]?.orderId ?? "";
    if ("invalid" in one) return formatInvalid(orderId, one.invalid);
    const { value } = results.next();
    if (value === undefined) throw new Error("every valid update has a result");
    return formatResult(orderId, value, dependencies.policy.leaseMs);
  });
}

/** Calls back with the work's answer or with an error that tells nothing of the inside. */
function answer<T>({ log, calls }: ApplyDependencies, callback: sendUnaryData<T>, work: () => Promise<T>): void {
  (calls === undefined ? work() : calls.track(work)).then(
    (response) => callback(null, response),
    (error: unknown) => {
      if (isServiceError(error)) return callback(error);
      if (error instanceof DatabaseUnavailable) {
        log.warn({ reason: String(error.cause ?? error.message) }, "updates are refused while MySQL is away");
        return callback(serviceError(status.UNAVAILABLE, "MySQL is not available: send the same updates again"));
      }
      log.error({ err: error }, "updates could not be applied");
      return callback(serviceError(status.INTERNAL, "the updates could not be applied"));
    },
  );
}

function rejection({ rejectionReason, detail }: OrderStatusResult): ServiceError {
  if (rejectionReason === RejectionReason.INVALID) return serviceError(status.INVALID_ARGUMENT, detail);
  if (rejectionReason === RejectionReason.NOT_FOUND) return serviceError(status.NOT_FOUND, detail);
  return serviceError(status.FAILED_PRECONDITION, detail);
}

function serviceError(code: status, details: string): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error && "metadata" in error;
}
