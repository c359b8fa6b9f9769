import {
  type ServerInterceptingCallInterface as Call,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";

/** The streams that callers hold open, such as a watch of the health: they never end by themselves. */
export class OpenStreams {
  readonly #calls = new Set<Call>();

  readonly interceptor: ServerInterceptor = ({ requestStream, responseStream }, call) => {
    if (!requestStream && !responseStream) return new ServerInterceptingCall(call);
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        this.#calls.add(call);
        next(metadata);
      })
      // At every end of the call, not only when it was cancelled.
      .withOnCancel(() => this.#calls.delete(call));
    return new ServerInterceptingCall(call, { start: (next) => next(listener.build()) });
  };

  /** Ends them, so that a stop does not wait until their callers do. */
  end(): void {
    for (const call of this.#calls) call.sendStatus({ code: status.UNAVAILABLE, details: "the gateway is stopping" });
  }
}
