import { status } from "@grpc/grpc-js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrderStatus, Outcome } from "../core/gen/orders/v1/orders.ts";
import { fuzzing, fuzzTimeout } from "../test/harness/fuzz.ts";
import { storeOrders } from "../test/harness/orders.ts";
import { encodeBatch, type Method, RawCaller, useRawGateway } from "../test/harness/raw-gateway.ts";
import { address, anyDrafts, storeFewOrders } from "../test/harness/updates.ts";

const gateway = useRawGateway();

/** A place in the bytes, as a share of their length, and what happens there. */
const damage = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  removed: fc.nat(3),
  inserted: fc.uint8Array({ maxLength: 6 }),
});

function damaged(
  bytes: Uint8Array,
  { place, removed, inserted }: { place: number; removed: number; inserted: Uint8Array },
) {
  const at = Math.floor(place * bytes.length);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
}

describe("bytes that are no request", () => {
  test.each<Method>(["UpdateOrderStatus", "BatchUpdateOrderStatus"])(
    "are an error of the caller of %s, or are read as what they could be",
    async (method) => {
      const orders = await storeFewOrders(gateway.database);
      const garbage = fc.uint8Array({ maxLength: 200 });
      const nearly = fc.tuple(anyDrafts, fc.array(damage, { minLength: 1, maxLength: 4 })).map(([drafts, damages]) => {
        const updates = address(drafts, orders);
        return damages.reduce<Uint8Array>(damaged, encodeBatch(updates));
      });
      const property = fc.asyncProperty(fc.oneof(garbage, nearly), async (bytes) => {
        const { code } = await gateway.caller.send(method, bytes);
        const answers = [status.OK, status.INVALID_ARGUMENT];
        if (method === "UpdateOrderStatus") answers.push(status.NOT_FOUND, status.FAILED_PRECONDITION);
        expect(answers.map((one) => status[one])).toContain(status[code]);
      });
      await fc.assert(property, fuzzing(150));
      const [healthy] = await storeOrders(gateway.database, 1);
      const claim = { orderId: healthy!.id, status: OrderStatus.PROCESSING, attempt: 0, workerId: "alice" };
      const [claimed] = await gateway.caller.sendBatch([{ ...claim, reason: "", retryable: false, holdLimit: 0 }]);
      expect(claimed).toMatchObject({ outcome: Outcome.APPLIED });
      await gateway.expectNothingBroken();
    },
    fuzzTimeout(60_000),
  );

  test.each([
    ["groups in groups", 0x0b],
    ["lengths without end", 0xff],
    ["the end of a group", 0x0c],
    ["fields of number 0", 0x00],
  ])("such as %s are an error of the caller", async (_name, byte) => {
    const { code } = await gateway.caller.send("BatchUpdateOrderStatus", Buffer.alloc(100_000, byte));
    expect(status[code]).toBe("INVALID_ARGUMENT");
  });
});

const mebibyte = 1024 * 1024;

describe("a message", () => {
  test("of 20 MiB that holds 10 million updates is refused before they cost memory", async () => {
    const bytes = Buffer.alloc(20 * mebibyte, Buffer.from([0x0a, 0x00]));
    const before = process.resourceUsage().maxRSS;
    expect(await gateway.caller.send("BatchUpdateOrderStatus", bytes)).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "updates: expected at most 5000",
    });
    // In KiB. As objects they would be over a gigabyte.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(600 * 1024);
  });

  test("over 20 MiB is refused, also when it comes compressed", async () => {
    const gzip = 2;
    const compressing = new RawCaller(gateway.port, { "grpc.default_compression_algorithm": gzip });
    const bytes = Buffer.alloc(21 * mebibyte, Buffer.from([0x0a, 0x00]));
    const codes = await Promise.all(
      [gateway.caller, compressing].map((by) => by.send("BatchUpdateOrderStatus", bytes)),
    );
    compressing.close();
    expect(codes.map(({ code }) => status[code])).toEqual(["RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"]);
  });
});
