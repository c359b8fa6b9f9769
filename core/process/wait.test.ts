import { describe, expect, it } from "vitest";
import { createLog } from "../telemetry/log.ts";
import { waitFor } from "./wait.ts";

/** Something that fails this often before it works, and what was logged meanwhile. */
function flaky(failures: readonly Error[]) {
  const lines: { level: string; msg: string; reason: string }[] = [];
  const log = createLog("test", "info", { write: (line) => lines.push(JSON.parse(line)) });
  const left = [...failures];
  const attempt = async () => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return "ready";
  };
  return { attempt, log, lines, tries: () => failures.length - left.length };
}

const passing = () => true;

describe("waiting for something", () => {
  it("answers what it answers, and is silent, when it works at once", async () => {
    const { attempt, log, lines } = flaky([]);
    expect(await waitFor("MySQL", attempt, { log, isWorthTrying: passing })).toBe("ready");
    expect(lines).toEqual([]);
  });

  it("tries again until it works, and says each time what it waits for and why", async () => {
    const cause = new Error("connect ECONNREFUSED");
    const { attempt, log, lines } = flaky([new Error("not there"), new Error("away", { cause })]);
    expect(await waitFor("MySQL", attempt, { log, isWorthTrying: passing })).toBe("ready");
    expect(lines).toMatchObject([
      { level: "warn", msg: "waiting for MySQL", reason: "not there" },
      { level: "warn", msg: "waiting for MySQL", reason: "away: connect ECONNREFUSED" },
    ]);
  });

  it("throws an error that does not pass by itself at once", async () => {
    const { attempt, log, lines, tries } = flaky([new RangeError("wrong version"), new Error("never seen")]);
    const isWorthTrying = (error: unknown) => !(error instanceof RangeError);
    await expect(waitFor("MySQL", attempt, { log, isWorthTrying })).rejects.toThrow(new RangeError("wrong version"));
    expect([tries(), lines]).toEqual([1, []]);
  });

  it("ends amid a pause when it is aborted", async () => {
    const stop = new AbortController();
    const { log, lines } = flaky([]);
    const attempt = async () => {
      // The pause that follows this failure has begun by then.
      setImmediate(() => stop.abort());
      throw new Error("away");
    };
    const waiting = waitFor("MySQL", attempt, { log, signal: stop.signal, isWorthTrying: passing });
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect(lines).toHaveLength(1);
  });

  it("does not begin when it is aborted already", async () => {
    const { attempt, log, tries } = flaky([new Error("away")]);
    const waiting = waitFor("MySQL", attempt, { log, signal: AbortSignal.abort(), isWorthTrying: passing });
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect(tries()).toBe(0);
  });
});
