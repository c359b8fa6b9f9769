import { expect, it } from "vitest";
import { createLog } from "./log.ts";

function logged(level: string, write: (log: ReturnType<typeof createLog>) => void): unknown[] {
  const lines: unknown[] = [];
  const stream = {
    write: (text: string) => {
      expect(text).toMatch(/^[^\n]*\n$/);
      lines.push(JSON.parse(text));
    },
  };
  write(createLog("gateway", level, stream));
  return lines;
}

it("an event is one JSON line with its level, time and component", () => {
  const [line] = logged("info", (log) => log.info({ worker: "a", attempt: 2 }, "an attempt\nfailed"));
  expect(line).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    component: "gateway",
    ...{ worker: "a", attempt: 2, msg: "an attempt\nfailed" },
  });
});

it("a line about an order has the id of its trace, too", () => {
  const orderId = "01a2090f-79ac-7a03-964f-3256223620c7";
  const lines = logged("info", (log) => log.child({ part: "relay" }).info({ orderId, attempt: 2 }, "an order failed"));
  expect(lines).toMatchObject([{ orderId, attempt: 2, part: "relay", traceId: "01a2090f79ac7a03964f3256223620c7" }]);
});

it("an error is told with its message, its stack and its cause", () => {
  const err = new Error("MySQL is away", { cause: new Error("connect ECONNREFUSED") });
  const [line] = logged("info", (log) => log.error({ err }, "failed"));
  expect(line).toMatchObject({ level: "error", err: { type: "Error", stack: expect.stringContaining("log.test.ts") } });
  expect(JSON.stringify(line)).toContain("connect ECONNREFUSED");
});

it("events below the level are left out", () => {
  const lines = logged("warn", (log) => {
    log.debug("one");
    log.info("two");
    log.warn("three");
    log.error("four");
  });
  expect(lines).toMatchObject([{ level: "warn" }, { level: "error" }]);
});
