import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startTimeOf } from "../process/identity.ts";
import { nextRestartDelay } from "./backoff.ts";
import { takeLock } from "./lock.ts";
import { codeStandIn, httpStandIn } from "./stand-in.ts";
import { Supervisor } from "./supervisor.ts";

const order = ["mysql", "redis", "gateway", "worker", "http"];
const patience = { timeout: 15_000, interval: 20 };

async function setUp(): Promise<{ folder: string; runDir: string; lines: string[]; supervisor: Supervisor }> {
  const folder = await mkdtemp(join(tmpdir(), "orders-supervisor-"));
  const runDir = join(folder, "run");
  const lines: string[] = [];
  const supervisor = new Supervisor({ order, runDir, report: (line) => lines.push(line) });
  onTestFinished(async () => {
    await supervisor.kill();
    await rm(folder, { recursive: true, force: true });
  });
  return { folder, runDir, lines, supervisor };
}

function pidOf(runDir: string, name: string): number {
  return Number(readFileSync(join(runDir, `${name}.pid`), "utf8"));
}

describe("nextRestartDelay", () => {
  it("doubles from 0.2 s to 5 s", () => {
    const delays = [nextRestartDelay(undefined, 0)];
    for (let i = 0; i < 6; i++) {
      delays.push(nextRestartDelay(delays.at(-1), 0));
    }
    expect(delays).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it("begins anew after 10 s of health", () => {
    expect(nextRestartDelay(3200, 9_999)).toBe(5000);
    expect(nextRestartDelay(3200, 10_000)).toBe(200);
  });
});

describe("a child that dies", () => {
  it("is started again, later each time, and its pid file follows", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    await supervisor.start(await httpStandIn(folder, "worker"));
    for (const seconds of ["0.2", "0.4"]) {
      const killed = pidOf(runDir, "worker");
      process.kill(killed, "SIGKILL");
      await vi.waitFor(() => {
        expect(pidOf(runDir, "worker")).not.toBe(killed);
        expect(lines.at(-1)).toBe(`worker is healthy again, pid ${pidOf(runDir, "worker")}`);
      }, patience);
      expect(lines.at(-2)).toBe(`worker was killed by SIGKILL; starting it again in ${seconds} s`);
    }
  });

  it("is started again also when what goes before a start fails", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    const spec = await httpStandIn(folder, "worker");
    let isFailing = false;
    const clear = async () => {
      if (!isFailing) return;
      isFailing = false;
      throw new Error("no space left");
    };
    await supervisor.start({ ...spec, launch: { ...spec.launch, clear } });
    isFailing = true;
    const killed = pidOf(runDir, "worker");
    process.kill(killed, "SIGKILL");
    await vi.waitFor(() => expect(lines.at(-1)).toContain("worker is healthy again"), patience);
    expect(lines).toContainEqual("worker could not be run (no space left); starting it again in 0.2 s");
  });

  it("takes its own children with it, so that they do not hold its port", async () => {
    const { folder, runDir, supervisor } = await setUp();
    const note = join(folder, "grandchild");
    const atStart = `const c = require("node:child_process").spawn("sleep", ["600"]);
      fs.writeFileSync(${JSON.stringify(note)}, String(c.pid));`;
    await supervisor.start(await httpStandIn(folder, "http", { atStart }));
    const grandchild = Number(readFileSync(note, "utf8"));
    expect(startTimeOf(grandchild)).toBeDefined();
    process.kill(pidOf(runDir, "http"), "SIGKILL");
    await vi.waitFor(() => expect(startTimeOf(grandchild)).toBeUndefined(), patience);
  });
});

describe("a first start that fails", () => {
  it("shows the end of the log of a child that ends again and again", async () => {
    const { folder, lines, supervisor } = await setUp();
    const code = `console.error("GATEWAY_ADDR is missing"); process.exit(1)`;
    await expect(supervisor.start(codeStandIn(folder, "worker", code))).rejects.toThrow(
      /^worker: exited with code 1, 3 times, before it was healthy; the end of .*worker\.log:\n(.*\n)*.*GATEWAY_ADDR is missing/,
    );
    expect(lines).toEqual([
      "worker exited with code 1; starting it again in 0.2 s",
      "worker exited with code 1; starting it again in 0.4 s",
    ]);
  });

  it("shows the last 15 lines of the log of a child that does not become healthy, and leaves nothing", async () => {
    const { folder, runDir, supervisor } = await setUp();
    const code = `for (let i = 1; i <= 40; i++) console.log("line " + i); setInterval(() => {}, 1000)`;
    const spec = { ...codeStandIn(folder, "gateway", code), readyTimeoutMs: 1_500 };
    const failure = await supervisor.start(spec).then(String, String);
    expect(failure).toContain("gateway: it did not become healthy within 1.5 s: it is never healthy");
    expect(failure).toContain("  line 26\n");
    expect(failure).toContain("  line 40");
    expect(failure).not.toContain("line 25\n");
    const pid = pidOf(runDir, "gateway");
    await supervisor.stop();
    expect(startTimeOf(pid)).toBeUndefined();
  });

  it("says so when the program is not there", async () => {
    const { folder, supervisor } = await setUp();
    const spec = codeStandIn(folder, "worker", "");
    spec.launch.command = join(folder, "no-such-program");
    await expect(supervisor.start(spec)).rejects.toThrow("worker: could not be started (spawn");
  });
});

describe("stop", () => {
  it("stops all in order and leaves nothing", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    const specs = await Promise.all([...order].reverse().map((name) => httpStandIn(folder, name)));
    await Promise.all(specs.map((spec) => supervisor.start(spec)));
    const pids = order.map((name) => pidOf(runDir, name));
    await supervisor.stop();
    expect(readFileSync(join(folder, "stops"), "utf8")).toBe("http\nworker\ngateway\nredis\nmysql\n");
    expect(pids.map(startTimeOf)).toEqual(pids.map(() => undefined));
    expect(readdirSync(runDir).filter((name) => name.endsWith(".pid"))).toEqual([]);
    expect(lines).toEqual([]);
    await expect(supervisor.start(codeStandIn(folder, "late", ""))).rejects.toThrow("stopping");
  });

  it("kills a child that does not stop within its grace, and says so", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    await supervisor.start({ ...(await httpStandIn(folder, "worker", { onTerm: "" })), graceMs: 200 });
    const pid = pidOf(runDir, "worker");
    await supervisor.stop();
    expect(startTimeOf(pid)).toBeUndefined();
    expect(lines).toEqual(["worker did not stop within 0.2 s and was killed"]);
  });

  it("wakes a frozen child, so that it can stop by itself", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    await supervisor.start(await httpStandIn(folder, "worker"));
    process.kill(pidOf(runDir, "worker"), "SIGSTOP");
    await supervisor.stop();
    expect(readFileSync(join(folder, "stops"), "utf8")).toBe("worker\n");
    expect(lines).toEqual([]);
  });

  it("ends the wait of a child that is about to be started again", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    await supervisor.start(await httpStandIn(folder, "worker"));
    process.kill(pidOf(runDir, "worker"), "SIGKILL");
    await vi.waitFor(() => expect(lines).toHaveLength(1), patience);
    await supervisor.stop();
    expect(existsSync(join(runDir, "worker.pid"))).toBe(false);
  });
});

describe("children of a supervisor that was killed", () => {
  it("are stopped at the next start, and a process that only has the same pid is left alone", async () => {
    const { folder, runDir, lines, supervisor } = await setUp();
    await supervisor.start(await httpStandIn(folder, "worker"));
    const left = pidOf(runDir, "worker");
    const startTime = startTimeOf(left);
    const bystander = spawn("sleep", ["600"]);
    onTestFinished(() => void bystander.kill());
    await once(bystander, "spawn");

    const otherRunDir = join(folder, "other-run");
    const next = new Supervisor({ order, runDir: otherRunDir, report: (line) => lines.push(line) });
    const children = { worker: { pid: left, startTime }, http: { pid: bystander.pid, startTime: "1" } };
    writeFileSync(join(otherRunDir, "children.json"), JSON.stringify(children));
    await next.stopLeftovers();
    expect(startTimeOf(left)).not.toBe(startTime);
    expect(startTimeOf(bystander.pid ?? 0)).toBeDefined();
    expect(lines[0]).toBe(`worker (pid ${left}) is left from a start that was killed: stopping it`);
  });
});

describe("takeLock", () => {
  it("is refused while its holder lives, and names it", async () => {
    const { folder } = await setUp();
    const path = join(folder, "supervisor.lock");
    const release = takeLock(path);
    expect(() => takeLock(path)).toThrow(`process ${process.pid}`);
    release();
    takeLock(path)();
    expect(readdirSync(folder)).toEqual(["run"]);
  });

  it("is taken over from a process that is gone, or whose pid now is another's", async () => {
    const { folder } = await setUp();
    const path = join(folder, "supervisor.lock");
    for (const content of [JSON.stringify({ pid: process.pid, startTime: "1" }), "", "damaged"]) {
      writeFileSync(path, content);
      takeLock(path)();
    }
    expect(existsSync(path)).toBe(false);
  });
});
