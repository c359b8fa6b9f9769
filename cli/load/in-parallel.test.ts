import { expect, it } from "vitest";
import { inParallel } from "./in-parallel.ts";

it("no other piece is begun once one has failed", async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await new Promise(setImmediate);
    if (item === 2) throw new Error("no");
  };
  await expect(inParallel([1, 2, 3, 4, 5, 6, 7, 8], 2, work)).rejects.toThrow("no");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(begun.length).toBeLessThan(5);
});
