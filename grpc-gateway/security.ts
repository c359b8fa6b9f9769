import { createHash, timingSafeEqual, X509Certificate } from "node:crypto";
import {
  type Metadata,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";
import type { GatewayConfig } from "../core/config/gateway.ts";
import type { Logger } from "../core/telemetry/log.ts";

/** How callers know the server, and the server its callers. */
export interface Security {
  /** The secrets of which a caller must bring one, as `authorization: Bearer <token>`; none lets everybody call. */
  readonly tokens: readonly string[];
  /** The certificate with its chain, and the key, as PEM; absent for plaintext. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Neither tokens nor TLS: for loopback. */
export const openToAll: Security = { tokens: [] };

export function securityOf(config: GatewayConfig): Security {
  const { GRPC_TOKEN: tokens, GRPC_TLS_CERT: certificate, GRPC_TLS_KEY: key } = config;
  return certificate === undefined || key === undefined ? { tokens } : { tokens, tls: { certificate, key } };
}

/** What an operator should know of it, without secrets. */
export function describeSecurity({ tokens, tls }: Security): { tokens: number; certificateExpires?: string } {
  if (tls === undefined) return { tokens: tokens.length };
  return { tokens: tokens.length, certificateExpires: new X509Certificate(tls.certificate).validToDate.toISOString() };
}

export function credentialsOf({ tls }: Security): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(null, [pair]);
}

/** Who asks whether the server is well, such as a load balancer, has no token. */
const openService = "/grpc.health.v1.Health/";

/** What everybody may send: the name of a service, in bytes. */
const maxOpenMessageBytes = 4 * 1024;

/** What grpc-js keeps of a call's limit. Its options know one limit for all services. */
interface CallLimits {
  maxReceiveMessageSize?: unknown;
  decoder?: { maxReadMessageLength?: unknown };
}

/**
 * Keeps strangers from filling the memory with requests of the size that workers need. Must be the first of the
 * interceptors: only that one is handed the call itself. Refuses the calls where it does not find what it limits.
 */
export const smallOpenMessages: ServerInterceptor = ({ path }, call) => {
  if (!path.startsWith(openService)) return new ServerInterceptingCall(call);
  const limits = call as CallLimits;
  if (typeof limits.maxReceiveMessageSize === "number" && typeof limits.decoder?.maxReadMessageLength === "number") {
    limits.maxReceiveMessageSize = maxOpenMessageBytes;
    limits.decoder.maxReadMessageLength = maxOpenMessageBytes;
    return new ServerInterceptingCall(call);
  }
  const details = "the server cannot bound this request";
  const listener = new ServerListenerBuilder().withOnReceiveMetadata(() =>
    call.sendStatus({ code: status.INTERNAL, details }),
  );
  return new ServerInterceptingCall(call, { start: (next) => next(listener.build()) });
};

/** Refuses calls without one of the tokens, before anything of their messages is read. */
export function tokenInterceptor(tokens: readonly string[], log: Logger): ServerInterceptor {
  const hashes = tokens.map(hash);
  let refused = 0;
  return ({ path }, call) => {
    if (path.startsWith(openService)) return new ServerInterceptingCall(call);
    const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, next) => {
      const given = tokenOf(metadata);
      if (given !== undefined && isOneOf(hashes, given)) return next(metadata);
      refused += 1;
      // The 1st, 2nd, 4th, 8th: there may be thousands.
      if (Number.isInteger(Math.log2(refused))) {
        log.warn({ peer: call.getPeer(), path, refused }, "a call without the right token was refused");
      }
      const details =
        given === undefined ? "GRPC_TOKEN is not set at the caller" : "the caller's GRPC_TOKEN is not ours";
      call.sendStatus({ code: status.UNAUTHENTICATED, details });
    });
    return new ServerInterceptingCall(call, { start: (next) => next(listener.build()) });
  };
}

function tokenOf(metadata: Metadata): string | undefined {
  const [value, ...others] = metadata.get("authorization");
  return others.length > 0 ? undefined : /^Bearer (.+)$/i.exec(String(value))?.[1];
}

/** Compares hashes, which are of one length, and all of them: the time tells nothing of a token. */
function isOneOf(hashes: readonly Buffer[], given: string): boolean {
  const found = hashes.map((one) => timingSafeEqual(one, hash(given)));
  return found.includes(true);
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
