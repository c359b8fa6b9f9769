import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, describe, expect, test } from "vitest";
import { createOrders } from "../../core/db/create-orders.ts";
import { createBirths } from "../../core/domain/identity.ts";
import { newOrder } from "../../core/domain/order.ts";
import { freePort } from "../../infra/local/ports.ts";
import { runOrders } from "../harness/cli.ts";
import { live, lives } from "../harness/life.ts";
import { countByStatus, rows, storeOrders } from "../harness/orders.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const archiveFolder = await mkdtemp(join(tmpdir(), "orders-archive-"));
afterAll(() => rm(archiveFolder, { recursive: true, force: true }));
const system = useSystem({ ARCHIVE_URL: pathToFileURL(archiveFolder).href });

/** Runs the operators' CLI against the system, unless told otherwise. */
const orders = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runOrders(args, { PORT_LAMBDA: system.env.PORT_LAMBDA ?? "", ...env });

interface Check {
  readonly name: string;
  readonly status: string;
}

const notOk = (checks: readonly Check[]) => checks.filter(({ status }) => status !== "ok").map(({ name }) => name);

test("doctor finds nothing amiss in a system that runs", async () => {
  await until("a gateway has counted", async () => (await system.get("/stats")).status === 200);
  const { code, stdout } = await orders(["doctor", "--json"]);
  const { status, checks } = JSON.parse(stdout);
  expect(notOk(checks)).toEqual([]);
  expect({ code, status }).toEqual({ code: 0, status: "ok" });
});

test("migrate says that the database is up to date", async () => {
  const { code, stdout } = await orders(["migrate"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "up to date: 0000_create_orders\n" });
});

test("redrive brings failed orders back to be completed, and refuses others by name", async () => {
  const failed = await storeOrders(system.database, 3);
  for (const { id } of failed) await live(system.database, id, lives.failed);
  const later = new Date(Date.now() + 60_000).toISOString();
  expect(await orders(["redrive", "--all", "--failed-since", later])).toMatchObject({ stdout: "redriven: 0 orders\n" });
  const { code, stdout } = await orders(["redrive", "--all"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "redriven: 3 orders\n" });
  await until("all are completed", async () => (await countByStatus(system.database)).completed === 3);
  const [first] = failed;
  const refused = await orders(["redrive", first?.id ?? ""]);
  expect(refused).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`${first?.id}: an order that is completed`),
  });
});

test("archive moves old completed orders into files, and the API knows them no more", async () => {
  const old = Date.now() - 40 * 86_400_000;
  const nextBirth = createBirths(() => old);
  const births = Array.from({ length: 5 }, nextBirth);
  for (const { id, createdAt } of births) {
    const order = newOrder(id, { item: "Book", quantity: 1, priceCents: 1_250, runAt: null }, createdAt);
    const ended = { ...order, status: "completed" as const, dueAt: null, completedAt: createdAt };
    await system.database.run((session) => createOrders(session, [{ order: ended }]));
  }
  await rows(
    system.database,
    "INSERT INTO order_totals VALUES ('completed', 0, 5) AS more ON DUPLICATE KEY UPDATE total = order_totals.total + 5",
  );
  const { code, stdout } = await orders(["archive", "--older-than", "30", "--json"]);
  expect(code).toBe(0);
  const { archived, more, files } = JSON.parse(stdout);
  expect({ archived, more, files: files.length }).toEqual({ archived: 5, more: false, files: 1 });
  const lines = gunzipSync(await readFile(fileURLToPath(files[0])))
    .toString()
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(births.map(({ id }) => id));
  expect((await system.get(`/orders/${births[0]?.id}`)).status).toBe(404);
  expect((await orders(["archive", "--older-than", "30"])).stdout).toMatch(/^archived: 0 orders/);
});

test("the metrics are written into the log of their function", async () => {
  const lambda = new LambdaClient({
    ...{ endpoint: `http://127.0.0.1:${system.env.PORT_LAMBDA}`, region: "us-east-1" },
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  // Counts may be 5 s old: then the orders of the tests before are failed still.
  const metrics = await until("the counts are of now", async () => {
    await lambda.send(new InvokeCommand({ FunctionName: "orders-dev-reportMetrics" }));
    const line = (await system.log("http")).split("\n").findLast((text) => text.startsWith('{"_aws"'));
    const written = JSON.parse(line ?? "{}");
    return written.FailedOrders === 0 && written.PendingOrders === 0 ? written : undefined;
  });
  lambda.destroy();
  expect(metrics).toMatchObject({ Stage: "dev", QueueDepth: 0, DeadEntries: 0 });
});

describe("the CLI says what to do", () => {
  test("when nothing runs", async () => {
    const { code, stderr } = await orders(["migrate"], { PORT_LAMBDA: String(await freePort()) });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^nothing answers at .*: npm start first\n$/),
    });
  });

  test("when the system has no such function", async () => {
    const endpoint = `http://127.0.0.1:${system.env.PORT_LAMBDA}`;
    const { code, stderr } = await orders(["migrate", "--stage", "local", "--endpoint", endpoint]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("has no function orders-local-ops") });
  });

  test("when the function fails", async () => {
    const { code, stderr } = await orders(["archive", "--older-than", "36501"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "archive: olderThanDays: expected 36,500 at most\n" });
  });

  test.each([
    ["an unknown command", ["redirve"]],
    ["an unknown option", ["migrate", "--force"]],
    ["no order to redrive", ["redrive"]],
    ["a malformed id", ["redrive", "42"]],
    ["ids and all", ["redrive", "--all", "019aac53-1234-7000-8000-0123456789ab"]],
    ["a malformed time", ["redrive", "--failed-since", "yesterday"]],
    ["a number for a time", ["redrive", "--failed-since", "1"]],
    ["a time of nobody knows where", ["redrive", "--failed-since", "2026-11-23T12:00:00"]],
    ["no age to archive from", ["archive"]],
    ["an age of no days", ["archive", "--older-than", "0"]],
  ])("and exits with 2, for wrong usage: %s", async (_, args) => {
    const { code, stdout, stderr } = await orders(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("--help tells more");
  });
});

// Last: what it finds is gone.
test("doctor says what is amiss when Redis is frozen", async () => {
  await system.signal("redis", "SIGSTOP");
  try {
    const { code, stdout } = await orders(["doctor", "--json"]);
    const { status, checks } = JSON.parse(stdout) as { status: string; checks: readonly Check[] };
    expect({ code, status }).toEqual({ code: 1, status: "fail" });
    expect(checks.find(({ name }) => name === "redis")?.status).toBe("fail");
    expect(checks.find(({ name }) => name === "mysql")?.status).toBe("ok");
  } finally {
    await system.signal("redis", "SIGCONT");
  }
});
