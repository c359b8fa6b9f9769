import { describe, expect, it } from "vitest";
import { Gathering, type GatheringOptions } from "./gathering.ts";

/** A piece of work that the test ends. */
interface Piece {
  readonly items: readonly string[];
  readonly deadline: number;
  readonly end: PromiseWithResolvers<void>;
}

class Unavailable extends Error {}

/** A piece of work that follows another begins within a turn of the event loop. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Answers each thing in capitals; fails with those that are bad. */
function gatheringOf(options: Partial<GatheringOptions> = {}) {
  const pieces: Piece[] = [];
  let now = 0;
  const work = async (items: readonly string[], deadline: number) => {
    const end = Promise.withResolvers<void>();
    pieces.push({ items, deadline, end });
    await end.promise;
    const bad = items.find((item) => item.startsWith("bad"));
    if (bad !== undefined) throw new Error(`${bad} is to blame`);
    return items.map((item) => item.toUpperCase());
  };
  const failsAll = (error: unknown) => error instanceof Unavailable;
  const gathering = new Gathering<string, string>(work, {
    ...{ underWay: 1, size: 100, deadline: () => ++now, failsAll },
    ...options,
  });
  /** Ends pieces of work as they come, until nothing more comes. */
  const endAll = async () => {
    for (const { end } of pieces) {
      end.resolve();
      await turn();
    }
  };
  return { pieces, gathering, endAll, groups: () => pieces.map(({ items }) => items) };
}

describe("gathering", () => {
  it("works on one thing alone at once, and on those that come meanwhile together", async () => {
    const { gathering, groups, endAll } = gatheringOf();
    const first = gathering.add("a");
    expect(groups()).toEqual([["a"]]);
    const others = [gathering.add("b"), gathering.add("c")];
    expect(groups()).toEqual([["a"]]);
    await endAll();
    expect(groups()).toEqual([["a"], ["b", "c"]]);
    expect(await Promise.all([first, ...others])).toEqual(["A", "B", "C"]);
  });

  it("has as many pieces of work under way as it may, each of the size that it may have", async () => {
    const { gathering, groups, endAll } = gatheringOf({ underWay: 2, size: 2 });
    const all = Promise.all(["a", "b", "c", "d", "e"].map((item) => gathering.add(item)));
    expect(groups()).toEqual([["a"], ["b"]]);
    await endAll();
    expect(groups()).toEqual([["a"], ["b"], ["c", "d"], ["e"]]);
    expect(await all).toEqual(["A", "B", "C", "D", "E"]);
  });

  it("gives a piece of work up when the first of its things is", async () => {
    const { gathering, pieces, endAll } = gatheringOf();
    const all = Promise.all(["a", "b", "c"].map((item) => gathering.add(item)));
    await endAll();
    await all;
    expect(pieces.map(({ deadline }) => deadline)).toEqual([1, 2]);
  });

  it("lets none fail for another", async () => {
    const { gathering, groups, endAll } = gatheringOf();
    const all = Promise.allSettled(["a", "b", "bad", "c"].map((item) => gathering.add(item)));
    await endAll();
    expect(groups()).toEqual([["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]);
    expect(await all).toEqual([
      { status: "fulfilled", value: "A" },
      { status: "fulfilled", value: "B" },
      { status: "rejected", reason: new Error("bad is to blame") },
      { status: "fulfilled", value: "C" },
    ]);
  });

  it("tries none alone when all would fail, and goes on", async () => {
    const { gathering, pieces, groups, endAll } = gatheringOf();
    const first = gathering.add("a");
    const failing = Promise.allSettled(["b", "c"].map((item) => gathering.add(item)));
    pieces[0]?.end.resolve();
    await first;
    await turn();
    const reason = new Unavailable();
    pieces[1]?.end.reject(reason);
    expect(await failing).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
    const last = gathering.add("d");
    await endAll();
    expect(await last).toBe("D");
    expect(groups()).toEqual([["a"], ["b", "c"], ["d"]]);
  });
});
