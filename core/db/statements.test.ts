import { beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { rows } from "../../test/harness/orders.ts";
import type { Statements } from "./statements.ts";

const { database } = useDatabase();

beforeEach(() => rows(database, "DELETE FROM order_totals"));

const total = (part: number, value: number) =>
  `INSERT INTO order_totals (status, part, total) VALUES ('failed', ${part}, ${value})`;

const stored = () =>
  rows<{ part: number; total: number }>(database, "SELECT part, total FROM order_totals ORDER BY part");

describe("a pipeline", () => {
  it("answers a question with what was told before it, and commits what was told after it", async () => {
    const seen = await database.pipeline(async (statements) => {
      await statements.tell(total(1, 10));
      await statements.tell(total(2, 20));
      const first = await statements.ask<[number, number]>("SELECT part, total FROM order_totals ORDER BY part");
      const second = await statements.ask<[number]>("SELECT COUNT(*) FROM order_totals");
      await statements.tell(total(3, 30));
      return { first, second };
    });
    expect(seen).toEqual({
      first: [
        [1, 10],
        [2, 20],
      ],
      second: [[2]],
    });
    expect(await stored()).toHaveLength(3);
  });

  it("is a transaction before its first question is answered", async () => {
    const lock = (statements: Statements) =>
      statements.ask<[number]>("SELECT total FROM order_totals WHERE status = 'failed' AND part = 1 FOR UPDATE");
    await rows(database, total(1, 0));
    // Each reads and writes back one more: without the lock some would be lost.
    const add = () =>
      database.pipeline(async (statements) => {
        const [row] = await lock(statements);
        await statements.tell(`UPDATE order_totals SET total = ${Number(row?.[0]) + 1} WHERE part = 1`);
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await stored()).toEqual([{ part: 1, total: 20 }]);
  });

  it.each([
    ["first", [total(1, 1), total(1, 2), total(2, 2)]],
    ["last", [total(1, 1), total(2, 2), total(2, 3)]],
  ])("commits nothing when a statement fails, the %s that can", async (_, told) => {
    const work = database.pipeline(async (statements) => {
      for (const sql of told) await statements.tell(sql);
    });
    await expect(work).rejects.toMatchObject({ code: "ER_DUP_ENTRY" });
    expect(await stored()).toEqual([]);
    // The connection is as good as before.
    await database.pipeline((statements) => statements.tell(total(5, 5)));
    expect(await stored()).toEqual([{ part: 5, total: 5 }]);
  });

  it("commits nothing when its work fails", async () => {
    const work = database.pipeline(async (statements) => {
      await statements.tell(total(1, 1));
      await statements.ask("SELECT 1");
      throw new Error("no more");
    });
    await expect(work).rejects.toThrow("no more");
    expect(await stored()).toEqual([]);
  });

  it("writes values so that they stay values", async () => {
    const odd = [`'; DELETE FROM orders; -- `, `\\'`, `"`, "\n", "\0", "💥", "?", ""];
    const seen = await database.pipeline((statements) =>
      statements.ask(`SELECT ${odd.map((text) => statements.literal(text)).join()}`),
    );
    expect(seen).toEqual([odd]);
  });
});
