import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../../test/harness/certificates.ts";
import { ConfigError } from "./env.ts";
import { readGatewayConfig } from "./gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "orders-gateway-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { certificate, key } = makeCertificates(join(folder, "one"), "localhost");
const other = makeCertificates(join(folder, "other"), "localhost");
const empty = join(folder, "empty.pem");
writeFileSync(empty, "");

const required = { MYSQL_URL: "mysql://orders@127.0.0.1:3306/orders", REDIS_URL: "redis://127.0.0.1:6379" };
const token = { GRPC_TOKEN: "0123456789abcdef" };
const compose = readFileSync(new URL("../../docker-compose.yml", import.meta.url), "utf8");
const tokenOfCompose = /GRPC_TOKEN: \$\{GRPC_TOKEN:-(.+)\}/.exec(compose)?.[1] ?? "";
const tls = { GRPC_TLS_CERT: certificate, GRPC_TLS_KEY: key };
const outside = { LISTEN_HOST: "0.0.0.0" };
const isPrivate = { GRPC_PRIVATE_NETWORK: "true" };

describe("a gateway starts", () => {
  it.each([
    ["on loopback with nothing", {}],
    ["on loopback by name", { LISTEN_HOST: "localhost" }],
    ["on IPv6's loopback", { LISTEN_HOST: "::1" }],
    ["on loopback with a token and TLS", { ...token, ...tls }],
    ["elsewhere with a token and TLS", { ...outside, ...token, ...tls }],
    ["elsewhere with a token in a private network", { ...outside, ...token, ...isPrivate }],
    ["published to others with a token of its own", { ...outside, ...token, ...isPrivate, GRPC_PUBLISH_ADDRESS: "::" }],
    ["published to this machine with the token of .env", { ...outside, ...isPrivate, GRPC_TOKEN: tokenOfCompose }],
    ["elsewhere with all of it", { ...outside, ...token, ...tls, ...isPrivate }],
  ])("%s", (_, environment) => {
    expect(readGatewayConfig({ ...required, ...environment })).toMatchObject({ PORT_GRPC: 50_051 });
  });

  it("with certificates that are files or texts", () => {
    const texts = { GRPC_TLS_CERT: readFileSync(certificate, "utf8"), GRPC_TLS_KEY: readFileSync(key, "utf8") };
    for (const given of [tls, texts]) expect(readGatewayConfig({ ...required, ...given })).toMatchObject(texts);
  });

  it("with several tokens, of which the first is the current one", () => {
    const { GRPC_TOKEN } = readGatewayConfig({ ...required, GRPC_TOKEN: "0123456789abcdef, fedcba9876543210" });
    expect(GRPC_TOKEN).toEqual(["0123456789abcdef", "fedcba9876543210"]);
  });
});

describe("a gateway does not start", () => {
  it.each([
    [
      "elsewhere with nothing",
      outside,
      "GRPC_TOKEN is missing: LISTEN_HOST lets others than this machine in: expected",
    ],
    [
      "published to others with the token of .env",
      { ...outside, ...isPrivate, GRPC_TOKEN: tokenOfCompose, GRPC_PUBLISH_ADDRESS: "0.0.0.0" },
      "GRPC_TOKEN is malformed: GRPC_PUBLISH_ADDRESS lets others than this machine in, who know the token of .env",
    ],
    ["elsewhere with TLS and no token", { ...outside, ...tls }, "GRPC_TOKEN is missing"],
    ["in a private network without a token", { ...outside, ...isPrivate }, "GRPC_TOKEN is missing"],
    [
      "elsewhere with a token in plaintext",
      { ...outside, ...token },
      "GRPC_TLS_CERT is missing: LISTEN_HOST lets others than this machine in: expected a certificate, its key in GRPC_TLS_KEY, or GRPC_PRIVATE_NETWORK=true",
    ],
    ["at an address of a network", { LISTEN_HOST: "10.0.0.1", ...token }, "GRPC_TLS_CERT is missing"],
    ["at a name of a network", { LISTEN_HOST: "127.0.0.1.example", ...token }, "GRPC_TLS_CERT is missing"],
    ["at every IPv6 address", { LISTEN_HOST: "::", ...token }, "GRPC_TLS_CERT is missing"],
    ["with an explicit false", { ...outside, ...token, GRPC_PRIVATE_NETWORK: "false" }, "GRPC_TLS_CERT is missing"],
    [
      "with neither true nor false",
      { GRPC_PRIVATE_NETWORK: "yes" },
      "GRPC_PRIVATE_NETWORK is malformed: expected true",
    ],
    ["with a certificate alone", { GRPC_TLS_CERT: certificate }, "GRPC_TLS_KEY is missing: GRPC_TLS_CERT needs its"],
    ["with a key alone", { GRPC_TLS_KEY: key }, "GRPC_TLS_CERT is missing: GRPC_TLS_KEY needs its certificate"],
    [
      "with another certificate's key",
      { ...tls, GRPC_TLS_KEY: other.key },
      "GRPC_TLS_KEY is malformed: expected the key",
    ],
    [
      "with a file that is not there",
      { ...tls, GRPC_TLS_CERT: "/no/such.pem" },
      "GRPC_TLS_CERT is malformed: expected PEM",
    ],
    ["with an empty file", { ...tls, GRPC_TLS_KEY: empty }, "there is no PRIVATE KEY in it"],
    ["with the two exchanged", { GRPC_TLS_CERT: key, GRPC_TLS_KEY: key }, "there is no CERTIFICATE in it"],
    ["with a short token", { GRPC_TOKEN: "0123456789abcde" }, "GRPC_TOKEN is malformed: expected 16 to 512 printable"],
    ["with a space in a token", { GRPC_TOKEN: "01234567 89abcdef" }, "GRPC_TOKEN is malformed"],
    ["with an empty token among others", { GRPC_TOKEN: "0123456789abcdef,," }, "GRPC_TOKEN is malformed"],
    ["with a token that is not ASCII", { GRPC_TOKEN: "0123456789abcdefé" }, "GRPC_TOKEN is malformed"],
  ])("%s", (_, environment, says) => {
    const read = () => readGatewayConfig({ ...required, ...environment });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(says);
    // Neither the secret nor what might be one.
    expect(read).not.toThrow(/0123456|\.pem/);
  });
});
