import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { createSecureContext } from "node:tls";
import * as z from "zod";

/** How a token is made; the same line is the worker's. */
const tokenForm =
  "16 to 512 printable ASCII characters without spaces and commas, such as `openssl rand -hex 32` makes";

/** The token of `.env` and docker-compose.yml, which everybody can read. */
const publicToken = "the-token-of-this-machine";

const token = /^[\x21-\x2b\x2d-\x7e]{16,512}$/;

/** The accepted tokens: the first is the current one, which the workers send. */
const tokens = z
  .string()
  .transform((text) => text.split(",").map((one) => one.trim()))
  .refine((all) => all.every((one) => token.test(one)), `expected ${tokenForm}; several are separated by commas`)
  .default([]);

/** PEM as a text, or the path of a file with it. The message never has the value: it may be a key. */
function pem(label: string) {
  const expected = `expected PEM with a ${label}, or the path of a file with it`;
  return z
    .string()
    .transform((text, context) => {
      const content = contentOf(text);
      if (content?.includes(`${label}-----`)) return content;
      const found = content === undefined ? "there is no file there that can be read" : `there is no ${label} in it`;
      context.addIssue({ code: "custom", message: `${expected}; ${found}` });
      return z.NEVER;
    })
    .optional();
}

function contentOf(text: string): string | undefined {
  if (text.includes("-----BEGIN ")) return text;
  try {
    return readFileSync(text, "utf8");
  } catch {
    return undefined;
  }
}

/** The variables by which a gRPC server is secured. */
export const grpcSecurity = {
  /** The shared secret of gateway and workers; several, comma-separated, while it is being changed. */
  GRPC_TOKEN: tokens,
  /** The server's certificate, with those between it and its authority. */
  GRPC_TLS_CERT: pem("CERTIFICATE"),
  GRPC_TLS_KEY: pem("PRIVATE KEY"),
  /** Whether something else keeps strangers away from this network: then the token may travel without TLS. */
  GRPC_PRIVATE_NETWORK: z
    .enum(["true", "false"], "expected true or false")
    .default("false")
    .transform((text) => text === "true"),
  /** The address at which Docker Compose publishes the port: who is let in there is not seen from inside. */
  GRPC_PUBLISH_ADDRESS: z.string().default("127.0.0.1"),
};

type GrpcSecurity = z.output<z.ZodObject<typeof grpcSecurity>>;

/** A server whose security does not fit where it listens, by the variable to blame; undefined when all is well. */
export function grpcSecurityProblem(host: string, config: GrpcSecurity): { name: string; message: string } | undefined {
  const { GRPC_TOKEN, GRPC_TLS_CERT, GRPC_TLS_KEY, GRPC_PRIVATE_NETWORK } = config;
  if (GRPC_TLS_CERT === undefined && GRPC_TLS_KEY !== undefined) {
    return { name: "GRPC_TLS_CERT", message: "GRPC_TLS_KEY needs its certificate" };
  }
  if (GRPC_TLS_CERT !== undefined && GRPC_TLS_KEY === undefined) {
    return { name: "GRPC_TLS_KEY", message: "GRPC_TLS_CERT needs its private key" };
  }
  if (!isPair(GRPC_TLS_CERT, GRPC_TLS_KEY)) {
    return { name: "GRPC_TLS_KEY", message: "expected the key of GRPC_TLS_CERT, not encrypted" };
  }
  if (!isLoopback(config.GRPC_PUBLISH_ADDRESS) && GRPC_TOKEN.includes(publicToken)) {
    const message = `GRPC_PUBLISH_ADDRESS lets others than this machine in, who know the token of .env: expected ${tokenForm}`;
    return { name: "GRPC_TOKEN", message };
  }
  if (isLoopback(host)) return undefined;
  const outside = "LISTEN_HOST lets others than this machine in:";
  if (GRPC_TOKEN.length === 0) {
    return { name: "GRPC_TOKEN", message: `${outside} expected ${tokenForm}, and the same at the workers` };
  }
  if (GRPC_TLS_CERT !== undefined || GRPC_PRIVATE_NETWORK) return undefined;
  const otherwise =
    "or GRPC_PRIVATE_NETWORK=true where something else keeps strangers out, such as Docker's network of one machine or a security group";
  return { name: "GRPC_TLS_CERT", message: `${outside} expected a certificate, its key in GRPC_TLS_KEY, ${otherwise}` };
}

function isPair(cert: string | undefined, key: string | undefined): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}

/** Whether only this machine reaches a server that listens there (RFC 6890). */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
