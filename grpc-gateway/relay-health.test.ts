import { ReplyError } from "ioredis";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { DatabaseTooSlow, DatabaseUnavailable } from "../core/db/errors.ts";
import { RelayMonitor } from "./relay-health.ts";

/** A monitor, everything that it says in order, and how the steps of the test go. */
function newMonitor() {
  const said: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => said.push(JSON.parse(line).msg) });
  const mysql: boolean[] = [];
  let now = 1_000_000;
  const probe = { answers: true, asked: 0 };
  const monitor = new RelayMonitor(
    log,
    (isThere) => mysql.push(isThere),
    () => now,
    async () => {
      probe.asked += 1;
      return probe.answers;
    },
  );
  const pass = (ms: number) => {
    now += ms;
  };
  const works = (step: string, need: "mysql" | "redis" = "mysql") => monitor.attempt(step, need, async () => "done");
  const fails = (step: string, error: Error, need: "mysql" | "redis" = "mysql") =>
    monitor.attempt(step, need, () => Promise.reject(error));
  return { monitor, said, mysql, works, fails, pass, probe };
}

const late = new DatabaseTooSlow("MySQL did not answer within 4000 ms");
const away = new DatabaseUnavailable("MySQL is read-only");

describe("the relay's view of what it needs", () => {
  test("is unknown before the first step, and then what the steps found", async () => {
    const { monitor, works, fails } = newMonitor();
    expect(monitor.health).toMatchObject({ mysql: undefined, redis: undefined, failing: [] });
    expect(await works("due")).toBe("done");
    expect(await fails("queue", new Error("Command timed out"), "redis")).toBeUndefined();
    expect(monitor.health).toMatchObject({ mysql: "ok", redis: "away", failing: [] });
  });

  test("is away while one step of several finds it so, and says so once", async () => {
    const { monitor, said, mysql, works, fails } = newMonitor();
    await works("due");
    for (let round = 1; round <= 3; round++) {
      await fails("due", away);
      await works("time");
      expect(monitor.health.mysql).toBe("away");
    }
    await works("due");
    await works("time");
    expect(monitor.health.mysql).toBe("ok");
    expect(said).toEqual(["mysql is away", "mysql is back"]);
    expect(mysql).toEqual([true, false, true]);
  });

  test("is not away because of a fault, which is an error of its step", async () => {
    const { monitor, said, mysql, works, fails } = newMonitor();
    for (let round = 1; round <= 3; round++) {
      await fails("due", new RangeError("a fault"));
      await fails("tidy", new ReplyError("OOM command not allowed"), "redis");
      await works("time");
      expect(monitor.health).toMatchObject({ mysql: "ok", redis: "ok", failing: [{ name: "due" }, { name: "tidy" }] });
    }
    await works("due");
    expect(monitor.health.failing).toMatchObject([{ name: "tidy" }]);
    const fault = "a step of the relay fails, and is tried again every round";
    expect(said).toEqual([fault, fault, "a step of the relay works again"]);
    expect(mysql).toEqual([true]);
  });

  test("is not away because a step takes too long while MySQL answers; what to do is said once", async () => {
    const { monitor, said, mysql, works, fails, pass, probe } = newMonitor();
    for (let round = 1; round <= 3; round++) {
      pass(1_000);
      await fails("due", late);
      await works("time");
      expect(monitor.health).toMatchObject({ mysql: "ok", failing: [], slow: [{ name: "due" }] });
    }
    expect(monitor.health.slow).toEqual([{ name: "due", forMs: 2_000 }]);
    expect(probe.asked).toBe(3);
    await works("due");
    expect(monitor.health.slow).toEqual([]);
    expect(said).toEqual([
      expect.stringMatching(/^a step of the relay takes longer than it may, .* long transactions .* doctor/),
      "a step of the relay is fast enough again",
    ]);
    expect(mysql).toEqual([true]);
  });

  test("is away when a step takes too long and MySQL does not answer", async () => {
    const { monitor, said, mysql, works, fails, probe } = newMonitor();
    await works("due");
    probe.answers = false;
    await fails("due", late);
    expect(monitor.health).toMatchObject({ mysql: "away", slow: [] });
    probe.answers = true;
    await fails("due", late);
    expect(monitor.health).toMatchObject({ mysql: "ok", slow: [{ name: "due" }] });
    expect(said).toEqual(["mysql is away", "mysql is back", expect.stringMatching(/takes longer than it may/)]);
    expect(mysql).toEqual([true, false, true]);
  });

  test("is away without a question when MySQL refuses, or Redis is late", async () => {
    const { monitor, fails, probe } = newMonitor();
    await fails("due", away);
    await fails("queue", new Error("Command timed out"), "redis");
    expect(monitor.health).toMatchObject({ mysql: "away", redis: "away", slow: [] });
    expect(probe.asked).toBe(0);
  });

  test.each<[string, ("fails" | "works" | "is away" | "is skipped")[], number | undefined]>([
    ["failed once", ["fails"], 0],
    ["fails in every round", ["fails", "fails", "fails"], 2_000],
    ["worked before", ["works", "fails", "fails"], 1_000],
    ["worked in between", ["fails", "works", "fails"], 0],
    ["found nothing there in between", ["fails", "is away", "fails"], 0],
    ["could not be tried in between", ["fails", "is skipped", "fails"], 0],
    ["works again", ["fails", "fails", "works"], undefined],
  ])("tells for how long a step has failed that %s", async (_, rounds, forMs) => {
    const { monitor, works, fails, pass } = newMonitor();
    for (const round of rounds) {
      pass(1_000);
      if (round === "works") await works("due");
      else if (round === "is skipped") monitor.skip("due");
      else await fails("due", round === "fails" ? new RangeError("a fault") : away);
    }
    pass(60_000);
    expect(monitor.health.failing).toEqual(forMs === undefined ? [] : [{ name: "due", forMs }]);
  });

  test("knows by its clock when it last got on", async () => {
    const { monitor, works, pass } = newMonitor();
    expect(monitor.health.lastProgressAt).toBe(1_000_000);
    pass(500);
    await works("due");
    pass(500);
    expect(monitor.health.lastProgressAt).toBe(1_000_500);
    monitor.progress();
    expect(monitor.health.lastProgressAt).toBe(1_001_000);
  });

  test("does not depend on a step that cannot be tried any more", async () => {
    const { monitor, said, works, fails } = newMonitor();
    await fails("lost", away);
    await works("due");
    expect(monitor.health.mysql).toBe("away");
    monitor.skip("lost");
    monitor.skip("lost");
    expect(monitor.health.mysql).toBe("ok");
    expect(said).toEqual(["mysql is away", "mysql is back"]);
  });
});
