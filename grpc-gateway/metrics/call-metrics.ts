import {
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";
import { Histogram, type Registry } from "prom-client";

/** In seconds: a call of one order takes some milliseconds, one that waits for MySQL up to 4 s. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Times every call that answers once, refused ones included; its counts are the rate and the errors. A stream lasts as
 * long as its caller likes, and is left out.
 */
export function callMetrics(registry: Registry): ServerInterceptor {
  const durations = new Histogram({
    name: "orders_gateway_rpc_duration_seconds",
    help: "Calls by method and gRPC status code, from their arrival to their answer. Sum over replicas.",
    labelNames: ["method", "code"],
    buckets,
    registers: [registry],
  });
  const children = new Map<string, { observe(seconds: number): void }>();
  const childOf = (path: string, code: status) => {
    const key = `${path} ${code}`;
    const known = children.get(key);
    if (known !== undefined) return known;
    const child = durations.labels({ method: path.slice(path.lastIndexOf("/") + 1), code: status[code] ?? "UNKNOWN" });
    children.set(key, child);
    return child;
  };
  return ({ path, requestStream, responseStream }, call) => {
    if (requestStream || responseStream) return new ServerInterceptingCall(call);
    const begun = performance.now();
    let isOver = false;
    const end = (code: status) => {
      if (isOver) return;
      isOver = true;
      childOf(path, code).observe((performance.now() - begun) / 1_000);
    };
    // At the end of every call; one that has no status by then was left by its caller, or its deadline has passed.
    const listener = new ServerListenerBuilder().withOnCancel(() => end(status.CANCELLED)).build();
    const responder = new ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((sent, next) => {
        end(sent.code ?? status.OK);
        next(sent);
      });
    return new ServerInterceptingCall(call, responder.build());
  };
}
