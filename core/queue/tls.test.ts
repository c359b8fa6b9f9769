import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { freePort, isPortFree } from "../../infra/local/ports.ts";
import { findRedisProgram } from "../../infra/local/redis/find.ts";
import { redisLaunch } from "../../infra/local/redis/instance.ts";
import { type Server, startServer } from "../../infra/local/server.ts";
import { type Certificates, makeCertificates } from "../../test/harness/certificates.ts";
import { connected, connectRedis } from "./connection.ts";
import { Doorbell } from "./doorbell.ts";
import { Queue } from "./queue.ts";

/** A Redis that takes encrypted connections only, with a certificate for localhost. */
let server: Server;
let certificates: Certificates;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orders-tls-"));
  certificates = makeCertificates(join(folder, "certificates"), "localhost");
  const program = await findRedisProgram(readLocalConfig(), () => {});
  const port = await freePort();
  const { authority, certificate, key } = certificates;
  const files = ["--tls-ca-cert-file", authority, "--tls-cert-file", certificate, "--tls-key-file", key];
  const options = ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no", ...files];
  const launch = await redisLaunch({ program, folder, port, options });
  const url = `rediss://localhost:${port}`;
  const ready = async () => {
    if (await isPortFree(port)) throw new Error("it does not listen yet");
  };
  server = await startServer(launch, {
    name: "redis",
    url,
    logFile: join(folder, "redis.log"),
    ready,
    graceMs: 10_000,
  });
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Lets this process trust the server's authority until the test ends, as it trusts Amazon's by itself. */
function trust(): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, certificates.authorityPem]);
  onTestFinished(() => setDefaultCACertificates(before));
}

function connect(url: string) {
  const redis = connectRedis(url, 2_000);
  onTestFinished(() => redis.disconnect());
  return redis;
}

it("orders are enqueued by handlers and seen by the relay over TLS", async () => {
  trust();
  const doorbell = new Doorbell({ url: server.url, budgetMs: 2_000, onChange: () => {} });
  const queue = new Queue(server.url, 2_000);
  onTestFinished(() => {
    doorbell.close();
    queue.close();
  });
  expect(await doorbell.ring([{ id: "0199c0de-7abc-7def-8123-000000000001", quantity: 2 }])).toBe(true);
  expect(await doorbell.queueUse()).toMatchObject({ depth: 1 });
  await queue.ping();
  expect((await queue.inspect()).lastDeliveredId).toBe("0-0");
});

it("a server that nobody vouches for is refused, with the reason", async () => {
  await expect(connected(connect(server.url), 1_500)).rejects.toMatchObject({
    cause: { message: expect.stringContaining("certificate") },
  });
});

it("a trusted certificate of another name is refused", async () => {
  trust();
  const url = server.url.replace("localhost", "127.0.0.1");
  await expect(connected(connect(url), 1_500)).rejects.toMatchObject({
    cause: { message: expect.stringContaining("does not match certificate") },
  });
});

it("a connection that is given up during its handshake does no harm, whatever the server answers", async () => {
  trust();
  for (let round = 0; round < 20; round++) {
    const redis = connectRedis(server.url.replace("localhost", "127.0.0.1"), 2_000);
    const ended = new Promise<void>((resolve) => redis.once("end", () => resolve()));
    while (redis.stream === undefined) await new Promise((resolve) => process.nextTick(resolve));
    redis.stream.once("connect", () => redis.disconnect());
    await ended;
  }
});

it("a connection without TLS is not answered", async () => {
  const url = server.url.replace("rediss:", "redis:");
  await expect(connected(connect(url), 1_500)).rejects.toThrow("no connection to Redis");
});
