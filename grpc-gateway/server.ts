import { fileURLToPath } from "node:url";
import { Server } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import type { ApplyDependencies } from "./apply.ts";
import { OpenStreams } from "./open-streams.ts";
import { credentialsOf, openToAll, type Security, smallOpenMessages, tokenInterceptor } from "./security.ts";
import { createStatusService, statusServiceDefinition } from "./status-service.ts";

/** The directory of the .proto files, which reflection tells of. */
const protoDirectory = fileURLToPath(new URL("../proto", import.meta.url));

/** A client that stays connected spreads over new replicas at the latest after this, in milliseconds. */
const connectionAgeMs = 300_000;
const connectionAgeGraceMs = 10_000;

/** A peer that does not answer is let go, with what it holds open, in milliseconds. */
const keepaliveMs = 30_000;
const keepaliveTimeoutMs = 10_000;

/** Calls under way on one connection; a worker has about three. What HTTP/2 recommends at least (RFC 9113, 6.5.2). */
const maxCallsPerConnection = 100;

/** Room for 5,000 updates with the longest reason that is kept, 1,000 characters of 4 bytes: 4,126 bytes each. */
const maxMessageBytes = 20 * 1024 * 1024;

/** The gRPC server: the status service, `grpc.health.v1` and reflection. */
export class GatewayServer {
  readonly #server: Server;
  readonly #security: Security;
  readonly #streams = new OpenStreams();
  readonly #health = new HealthImplementation({ "": "NOT_SERVING", "orders.v1.OrderStatusService": "NOT_SERVING" });

  constructor(dependencies: ApplyDependencies, security: Security = openToAll) {
    const { tokens } = security;
    const timing = dependencies.metrics === undefined ? [] : [dependencies.metrics.calls];
    const authentication = tokens.length === 0 ? [] : [tokenInterceptor(tokens, dependencies.log)];
    this.#security = security;
    this.#server = new Server({
      interceptors: [smallOpenMessages, ...timing, ...authentication, this.#streams.interceptor],
      "grpc.max_connection_age_ms": connectionAgeMs,
      "grpc.max_connection_age_grace_ms": connectionAgeGraceMs,
      "grpc.keepalive_time_ms": keepaliveMs,
      "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
      "grpc.max_concurrent_streams": maxCallsPerConnection,
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
    });
    this.#server.addService(statusServiceDefinition, createStatusService(dependencies));
    this.#health.addToServer(this.#server);
    const contract = loadSync("orders/v1/orders.proto", { includeDirs: [protoDirectory], keepCase: true });
    new ReflectionService(contract).addToServer(this.#server);
  }

  /**
   * Listens, and reports itself as serving.
   *
   * @param address `host:port`; port 0 takes any free one
   * @returns the port
   */
  async listen(address: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.bindAsync(address, credentialsOf(this.#security), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
    const port = await promise;
    this.setServing(true);
    return port;
  }

  setServing(isServing: boolean): void {
    const status = isServing ? "SERVING" : "NOT_SERVING";
    this.#health.setStatus("", status);
    this.#health.setStatus("orders.v1.OrderStatusService", status);
  }

  /** Takes no new calls and waits for those under way; cuts them off after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    this.setServing(false);
    this.#streams.end();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#server.forceShutdown();
      resolve();
    }, timeoutMs);
    this.#server.tryShutdown(() => resolve());
    await promise;
    clearTimeout(timer);
  }
}
