import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import InProcessRunner from "./in-process-runner.ts";

/** Tells what it was called with, how often it was loaded, and the environment that it was loaded in. */
const source = `
  globalThis.timesLoaded = (globalThis.timesLoaded ?? 0) + 1;
  const { timesLoaded } = globalThis;
  const stage = process.env.RUNNER_TEST_STAGE;
  export const handler = async (event, context) => {
    if (event.fails) throw new Error("the handler failed");
    return { event, timesLoaded, stage, requestId: context.awsRequestId, left: context.getRemainingTimeInMillis() };
  };
  export const table = {};`;

let codeDir: string;
beforeAll(async () => {
  codeDir = await mkdtemp(join(tmpdir(), "orders-runner-"));
  await mkdir(join(codeDir, "functions"));
  await writeFile(join(codeDir, "functions/tell.mjs"), source);
});
afterAll(() => rm(codeDir, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const runnerOf = (handler: string, timeout = 10_000) =>
  new InProcessRunner({ codeDir, handler, timeout }, { RUNNER_TEST_STAGE: "dev" });

it("loads a function once, in its environment, and calls it with its event and context", async () => {
  vi.stubEnv("RUNNER_TEST_STAGE", "unset");
  const runner = runnerOf("functions/tell.handler");
  const context = { awsRequestId: "one" };
  const answers = await Promise.all([runner.run({ number: 1 }, context), runner.run({ number: 2 }, context)]);
  const told = { timesLoaded: 1, stage: "dev", requestId: "one", left: expect.any(Number) };
  expect(answers).toEqual([
    { event: { number: 1 }, ...told },
    { event: { number: 2 }, ...told },
  ]);
  expect(context).toEqual({ awsRequestId: "one" });
});

it("tells a function the time that is left, which is never less than none", async () => {
  const left = async (timeout: number) => {
    const answer = await runnerOf("functions/tell.handler", timeout).run({}, {});
    return (answer as { left: number }).left;
  };
  expect(await left(-5)).toBe(0);
  expect(await left(10_000)).toSatisfy((ms: number) => Number.isInteger(ms) && ms > 5_000 && ms <= 10_000);
});

it("fails as the function does, and goes on", async () => {
  const runner = runnerOf("functions/tell.handler");
  await expect(runner.run({ fails: true }, {})).rejects.toThrow("the handler failed");
  await expect(runner.run({}, {})).resolves.toMatchObject({ event: {} });
});

it.each([
  ["functions/tell.absent", "exports no function absent"],
  ["functions/tell.table", "exports no function table"],
  ["functions/nowhere.handler", "functions/nowhere.mjs"],
])("names what is missing of %s", async (handler, message) => {
  await expect(runnerOf(handler).run({}, {})).rejects.toThrow(message);
});
