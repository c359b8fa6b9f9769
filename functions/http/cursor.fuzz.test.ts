import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { isListedByDueTime, type Position } from "../../core/db/list-orders.ts";
import { isUuid } from "../../core/domain/identity.ts";
import { orderStatuses } from "../../core/domain/order.ts";
import { Problem } from "../../core/domain/problem.ts";
import { useDatabase } from "../../test/harness/database.ts";
import { fuzzing, fuzzTimeout } from "../../test/harness/fuzz.ts";
import { expectProblem, send, useFunctions } from "../../test/harness/http.ts";
import { storeOrders } from "../../test/harness/orders.ts";
import { useRedis } from "../../test/harness/redis.ts";
import { decodeCursor, encodeCursor, type Filter } from "./cursor.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({ MYSQL_URL: mysql.url, REDIS_URL: redis.url }));
beforeAll(() => storeOrders(mysql.database, 3));

const contentLength = 25;
const statuses = [undefined, ...orderStatuses];

const item = fc.option(fc.constantFrom("laptop", "Ä", "%"), { nil: undefined });
const filter = fc.record<Filter>({ status: fc.constantFrom(...statuses), item });
/** As clients give it: any text, names of JavaScript's own among them. */
const anyText = fc.oneof(
  fc.constantFrom(...statuses),
  fc.constantFrom("__proto__", "constructor", "PENDING", ""),
  fc.string({ unit: "binary" }),
);
const anyFilter = fc.record<Filter>({ status: anyText, item: fc.oneof(item, anyText) });
const time = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
const position = fc.record<Position>({ id: fc.uuid(), dueAt: fc.option(time) });
const valid = fc.tuple(filter, position).map(([filter, position]) => encodeCursor(filter, position));

/** Cursors that somebody who read the source makes: any content under a right hash. */
const forged = fc
  .tuple(
    fc.oneof(fc.nat(statuses.length), fc.nat(255)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.constantFrom(0, 4),
  )
  .map(([filter, dueTime, id, itemLength]) => {
    const content = Buffer.alloc(contentLength + itemLength);
    content.writeUInt8(filter, 0);
    content.writeBigInt64BE(dueTime, 1);
    content.set(id, 9);
    return sealed(content);
  });

function sealed(content: Uint8Array): string {
  const hash = createHash("sha256").update(content).digest().subarray(0, 4);
  return Buffer.concat([content, hash]).toString("base64url");
}

const altered = fc
  .tuple(valid, fc.nat(38), fc.nat(2), fc.string({ unit: "binary", maxLength: 3 }))
  .map(([cursor, at, removed, inserted]) => cursor.slice(0, at) + inserted + cursor.slice(at + removed));

const anyCursor = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  fc.base64String().map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
  fc.uint8Array({ maxLength: 30 }).map(sealed),
  valid,
  altered,
  forged,
);

/** The position of a cursor, or the problem that it is refused with. */
function decoded(filter: Filter, cursor: string): Position | Problem {
  try {
    return decodeCursor(filter, cursor);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

test(
  "any text is a position that MySQL can be asked for, or the problem of a bad cursor",
  () => {
    const property = fc.property(anyFilter, anyCursor, (filter, cursor) => {
      const result = decoded(filter, cursor);
      if (result instanceof Problem) {
        expect(result).toMatchObject({ kind: "malformed-cursor", status: 400 });
        return;
      }
      expect(Object.keys(result).toSorted()).toEqual(["dueAt", "id"]);
      expect(isUuid(result.id)).toBe(true);
      expect(result.dueAt !== null).toBe(isListedByDueTime(filter.status));
      const year = result.dueAt?.getUTCFullYear() ?? 1970;
      expect(year >= 1970 && year <= 9999).toBe(true);
    });
    fc.assert(property, fuzzing(5_000));
  },
  fuzzTimeout(30_000),
);

test(
  "a cursor is the position that it was made of, for its own list alone",
  () => {
    const property = fc.property(filter, filter, position, (filter, other, position) => {
      const cursor = encodeCursor(filter, position);
      const result = decoded(other, cursor);
      const dueAt = isListedByDueTime(filter.status) ? (position.dueAt ?? new Date(0)) : null;
      if (filter.status === other.status && filter.item === other.item)
        expect(result).toEqual({ id: position.id, dueAt });
      else expect(result).toBeInstanceOf(Problem);
    });
    fc.assert(property, fuzzing(1_000));
  },
  fuzzTimeout(30_000),
);

test(
  "a cursor that is altered in any place is refused",
  () => {
    const property = fc.property(
      filter,
      position,
      fc.nat(38),
      fc.base64String({ minLength: 4 }),
      (filter, made, at, text) => {
        const cursor = encodeCursor(filter, made);
        const changed = cursor.slice(0, at) + text.charAt(0) + cursor.slice(at + 1);
        fc.pre(changed !== cursor);
        expect(decoded(filter, changed)).toBeInstanceOf(Problem);
      },
    );
    fc.assert(property, fuzzing(1_000));
  },
  fuzzTimeout(30_000),
);

test(
  "GET /orders answers any cursor with a page or with 400",
  async () => {
    const answered = new Set<number>();
    const property = fc.asyncProperty(filter, anyCursor, async ({ status, item }, cursor) => {
      const query = { cursor, ...(status !== undefined && { status }), ...(item !== undefined && { item }) };
      const answer = await send(functions.listOrders, { path: "/orders", query });
      answered.add(answer.status);
      if (answer.status !== 200) expectProblem(answer, { status: 400, kind: "malformed-cursor" });
    });
    await fc.assert(property, fuzzing(300));
    expect(answered).toEqual(new Set([200, 400]));
  },
  fuzzTimeout(60_000),
);
