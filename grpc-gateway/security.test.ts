import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Client,
  credentials,
  Metadata,
  makeClientConstructor,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { service as healthService } from "grpc-health-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Queue } from "../core/queue/queue.ts";
import { makeCertificates } from "../test/harness/certificates.ts";
import { useDatabase } from "../test/harness/database.ts";
import { type CallerSecurity, TestWorker, testPolicy } from "../test/harness/gateway.ts";
import { storeOrders } from "../test/harness/orders.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { openToAll, type Security } from "./security.ts";
import { GatewayServer } from "./server.ts";

const { database, gateway } = useDatabase();
const redis = useRedis();
const folder = mkdtempSync(join(tmpdir(), "orders-grpc-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ours = makeCertificates(join(folder, "ours"), "localhost");
const theirs = makeCertificates(join(folder, "theirs"), "localhost");
const tls = { certificate: readFileSync(ours.certificate, "utf8"), key: readFileSync(ours.key, "utf8") };

const token = "the-token-of-today";
const before = "the-token-of-yesterday";
let queue: Queue;

beforeAll(() => {
  queue = new Queue(redis.url, 2_000);
});
afterAll(() => queue.close());

/** A server in this process, its port, and what it logs. */
async function serve(security: Security) {
  const lines: { refused?: number; peer?: string; path?: string }[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const server = new GatewayServer({ database: gateway, queue, policy: testPolicy, log }, security);
  const port = await server.listen("127.0.0.1:0");
  onTestFinished(() => server.stop(100));
  const caller = (more: CallerSecurity = {}) => {
    const worker = new TestWorker(port, "alice", more);
    onTestFinished(() => worker.close());
    return worker;
  };
  return { server, port, lines, caller };
}

function client(port: number, definition: ServiceDefinition): Client & Record<string, CallableFunction> {
  const made = new (makeClientConstructor(definition, "Any"))(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => made.close());
  return made as Client & Record<string, CallableFunction>;
}

const reflection = loadSync("grpc/reflection/v1/reflection.proto", {
  includeDirs: [join(import.meta.dirname, "../node_modules/@grpc/reflection/build/proto")],
})["grpc.reflection.v1.ServerReflection"] as ServiceDefinition;

/** How a stream goes: what comes first, and how it ends. */
function follow(call: NodeJS.ReadableStream) {
  const first = new Promise((resolve) => call.once("data", resolve));
  const end = new Promise<{ code: number }>((resolve) => call.once("error", resolve));
  call.on("data", () => {});
  call.on("error", () => {});
  return { first, end };
}

describe("a server with tokens", () => {
  test("serves whoever has one of them, and nobody else", async () => {
    const { caller } = await serve({ tokens: [token, before] });
    const [order] = await storeOrders(database, 1);
    for (const wrong of [undefined, "another-token-than-ours", `${token},${before}`, `${token}x`, token.slice(0, -1)]) {
      const stranger = caller(wrong === undefined ? {} : { token: wrong });
      const refused = { code: status.UNAUTHENTICATED, details: expect.not.stringContaining(token) };
      await expect(stranger.claim(order!.id)).rejects.toMatchObject(refused);
      await expect(stranger.sendOne(stranger.update(order!.id))).rejects.toMatchObject(refused);
    }
    for (const right of [before, token]) {
      const worker = caller({ token: right });
      expect(await worker.claim(order!.id)).toMatchObject([{ attempt: 1 }]);
    }
  });

  test("refuses a call before it has read its message", async () => {
    const { caller } = await serve({ tokens: [token] });
    const stranger = caller();
    const tooMany = Array.from({ length: 5_001 }, () => stranger.update("x"));
    await expect(stranger.send(...tooMany)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(caller({ token }).send(...tooMany)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test("tells everybody whether it is well, and what it offers only to those with a token", async () => {
    const { port } = await serve({ tokens: [token] });
    const health = client(port, healthService);
    const answer = await new Promise((resolve) =>
      health.check?.({ service: "" }, (_: unknown, told: unknown) => resolve(told)),
    );
    expect(answer).toEqual({ status: "SERVING" });
    const ask = (metadata: Metadata) => {
      const call = client(port, reflection).serverReflectionInfo?.(metadata);
      const followed = follow(call);
      call.write({ listServices: "" });
      return followed;
    };
    expect(await ask(new Metadata()).end).toMatchObject({ code: status.UNAUTHENTICATED });
    const known = new Metadata();
    known.set("authorization", `Bearer ${token}`);
    expect(await ask(known).first).toHaveProperty("listServicesResponse");
  });

  test("tells the operator of the refused, not each time, and never the token", async () => {
    const { caller, lines } = await serve({ tokens: [token] });
    const stranger = caller({ token: "hunter2hunter2hunter2" });
    for (let call = 0; call < 9; call += 1) await expect(stranger.send()).rejects.toThrow();
    expect(lines.map(({ refused }) => refused)).toEqual([1, 2, 4, 8]);
    expect(lines[0]).toMatchObject({
      peer: expect.stringContaining("127.0.0.1"),
      path: "/orders.v1.OrderStatusService/BatchUpdateOrderStatus",
    });
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|the-token/);
  });
});

describe("a server with TLS", () => {
  test("serves those who know its authority", async () => {
    const { caller } = await serve({ tokens: [token], tls });
    expect(await caller({ token, authority: ours.authorityPem }).send()).toEqual([]);
    const noToken = caller({ authority: ours.authorityPem }).send();
    await expect(noToken).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });

  test.each([
    ["know another", { token, authority: theirs.authorityPem }],
    ["speak plaintext", { token }],
  ])("does not serve those who %s", async (_, security) => {
    const { caller } = await serve({ tokens: [token], tls });
    await expect(caller(security).send()).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("a server that stops", () => {
  test("does not wait for those who watch its health or look at what it offers", async () => {
    const { server, port } = await serve(openToAll);
    const watch = follow(client(port, healthService).watch?.({ service: "" }));
    const call = client(port, reflection).serverReflectionInfo?.();
    const look = follow(call);
    call.write({ listServices: "" });
    await Promise.all([watch.first, look.first]);
    const begun = performance.now();
    await server.stop(20_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await watch.end).toMatchObject({ code: status.UNAVAILABLE, details: "the gateway is stopping" });
    expect(await look.end).toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("a peer that asks too much", () => {
  test("of metadata is refused, and others are served", async () => {
    const { port, caller } = await serve({ tokens: [token] });
    const greedy = client(port, healthService);
    const metadata = new Metadata();
    metadata.set("x", "x".repeat(100_000));
    const refused = new Promise((resolve) => greedy.check?.({ service: "" }, metadata, resolve));
    expect(await refused).toMatchObject({ code: expect.toSatisfy((code) => code !== status.OK) });
    expect(await caller({ token }).send()).toEqual([]);
  });

  test("of the health is refused by the size that it announces, without a byte of it", async () => {
    const { port, caller } = await serve({ tokens: [token] });
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    for (const method of ["Check", "Watch"]) {
      const call = session.request({
        ...{ ":method": "POST", ":path": `/grpc.health.v1.Health/${method}` },
        ...{ "content-type": "application/grpc", te: "trailers" },
      });
      const answered = once(call, "response");
      // Five bytes: not compressed, a mebibyte long. It never comes.
      call.write(Buffer.from([0, 0, 16, 0, 0]));
      expect(Number((await answered)[0]["grpc-status"])).toBe(status.RESOURCE_EXHAUSTED);
    }
    expect(await caller({ token }).send()).toEqual([]);
  });

  test("of the health is refused when it is large only after decompression", async () => {
    const { port } = await serve({ tokens: [token] });
    const gzip = 2;
    const greedy = new (makeClientConstructor(healthService, "Any"))(
      `127.0.0.1:${port}`,
      credentials.createInsecure(),
      { "grpc.default_compression_algorithm": gzip },
    ) as Client & Record<string, CallableFunction>;
    onTestFinished(() => greedy.close());
    const refused = new Promise((resolve) => greedy.check?.({ service: "x".repeat(100_000) }, resolve));
    expect(await refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  test("may have 100 calls under way on a connection", async () => {
    const { port } = await serve({ tokens: [token] });
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    await until("its settings are there", async () => session.remoteSettings.maxConcurrentStreams === 100);
  });
});
