import { describe, expect, onTestFinished, test } from "vitest";
import { Database, forBatches } from "../core/db/database.ts";
import { DatabaseUnavailable } from "../core/db/errors.ts";
import { useDatabase } from "../test/harness/database.ts";
import { NetworkProxy } from "../test/harness/proxy.ts";
import { asUser } from "../test/harness/users.ts";
import { FreshLook, writeAnew } from "./fresh-look.ts";

const { url } = useDatabase();

type Answer = "works" | "fails" | "gets on meanwhile";

describe("a look at MySQL by a new connection", () => {
  test.each<[string, { isStuck: boolean; answer: Answer }[], number]>([
    ["is not taken while those in use get on", Array(4).fill({ isStuck: false, answer: "works" }), 0],
    ["that works once", [{ isStuck: true, answer: "works" }], 5_000],
    ["that works again and again", Array(4).fill({ isStuck: true, answer: "works" }), 20_000],
    ["that fails as well", Array(4).fill({ isStuck: true, answer: "fails" }), 0],
    ["that fails in between", [...stuck("works"), ...stuck("fails"), ...stuck("works")], 5_000],
    ["counts from when it worked", [...stuck("fails"), ...stuck("works"), ...stuck("works")], 10_000],
    ["after those in use got on", [...stuck("works"), { isStuck: false, answer: "works" }], 0],
    ["while those in use get on", [...stuck("works"), ...stuck("gets on meanwhile")], 0],
  ])("%s", async (_, looks, brokenMs) => {
    let [now, isStuck, tries] = [1_000_000, false, 0];
    let answer: Answer = "works";
    const tryAnew = async () => {
      tries += 1;
      if (answer === "fails") throw new DatabaseUnavailable("MySQL is away");
      isStuck = answer === "works";
    };
    const fresh = new FreshLook({ isStuck: () => isStuck, tryAnew, now: () => now });
    for (const look of looks) {
      ({ isStuck, answer } = look);
      await fresh.look();
      now += 5_000;
    }
    expect(fresh.brokenMs).toBe(brokenMs);
    expect(tries).toBe(looks.filter((look) => look.isStuck).length);
  });

  test("is taken by itself, until it is to stop", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fresh = new FreshLook({ isStuck: () => true, tryAnew: async () => resolve(), now: () => 0 });
    fresh.start();
    await promise;
    await fresh.stop();
  });
});

function stuck(answer: Answer) {
  return [{ isStuck: true, answer }];
}

describe("a write on a new connection", () => {
  const options = () => ({ url: asUser("gateway", url), timeoutMs: 10_000, ...forBatches });

  test("works for the gateway's user, also when all connections in use have leaked", async () => {
    const leaky = new Database({ ...options(), connections: 1, timeoutMs: 500 });
    onTestFinished(() => leaky.close());
    const { promise: kept, resolve } = Promise.withResolvers<void>();
    const leaked = leaky.run(() => kept, performance.now() + 3_600_000);
    onTestFinished(async () => {
      resolve();
      await leaked;
    });
    await expect(leaky.run(async () => "done")).rejects.toThrow(DatabaseUnavailable);
    await writeAnew(options());
  });

  test("fails while MySQL is read-only, or away", async () => {
    const prepare = "SET SESSION transaction_read_only = ON";
    await expect(writeAnew({ ...options(), prepare })).rejects.toThrow(DatabaseUnavailable);
    const proxy = await NetworkProxy.start(url);
    await proxy.down();
    await expect(writeAnew({ ...options(), url: asUser("gateway", proxy.url) })).rejects.toThrow(DatabaseUnavailable);
  });
});
