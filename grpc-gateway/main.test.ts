import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { status } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { TestWorker } from "../test/harness/gateway.ts";
import { storeOrders } from "../test/harness/orders.ts";
import { NetworkProxy } from "../test/harness/proxy.ts";
import { useRedis } from "../test/harness/redis.ts";
import { until } from "../test/harness/until.ts";
import { asUser } from "../test/harness/users.ts";

const { database, url } = useDatabase();
const redis = useRedis();

/** The gateway as a process of its own, with MySQL behind a proxy. */
async function spawnGateway() {
  const proxy = await NetworkProxy.start(url);
  const env = {
    MYSQL_URL: asUser("gateway", proxy.url),
    REDIS_URL: redis.url,
    PORT_GRPC: "0",
    PORT_GATEWAY_METRICS: "0",
  };
  const child = spawn(process.execPath, ["grpc-gateway/main.ts"], {
    cwd: resolve(import.meta.dirname, ".."),
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    proxy.thaw();
    await proxy.down();
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  const grpc = await until("it serves", async () => /"grpc":"[^"]*:(\d+)"/.exec(output)?.[1]);
  return { child, proxy, port: Number(grpc), output: () => output };
}

/** Longer than a transaction may take, shorter than the drain time and much shorter than a hanging connection. */
const stopWithinMs = 7_500;

describe("the process", () => {
  test("ends by SIGTERM with exit code 0", async () => {
    const { child, output } = await spawnGateway();
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(output()).toContain('"msg":"stopped"');
  });

  test("ends by SIGTERM while MySQL is frozen, with exit code 0 and the call under way answered", async () => {
    const { child, proxy, port } = await spawnGateway();
    const worker = new TestWorker(port, "alice");
    onTestFinished(() => worker.close());
    const [order] = await storeOrders(database, 1);
    proxy.freeze();
    const answer = worker.claim(order!.id).catch((error: unknown) => error);
    // Answered without MySQL, on the same connection: the call before it is under way.
    const malformed = worker.update("malformed");
    await expect(worker.sendOne(malformed)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    const begun = performance.now();
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(performance.now() - begun).toBeLessThan(stopWithinMs);
    expect(await answer).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining("send the same") });
  });
});
