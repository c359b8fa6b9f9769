import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { processesToldOf } from "../../infra/local/process/told-of.ts";
import { lockHolder } from "../../infra/local/supervisor/lock.ts";
import { until } from "../harness/until.ts";
import { EmulatedStack, endOf } from "./emulator-stack.ts";

async function create(env: Readonly<Record<string, string>> = {}): Promise<EmulatedStack> {
  const stack = await EmulatedStack.create(env);
  onTestFinished(() => stack.destroy());
  return stack;
}

test("without Python a deployment says what is missing, and leaves nothing running", async () => {
  const cache = await mkdtemp(join(tmpdir(), "orders-cache-"));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));
  const stack = await create({ PATH: cache, ORDERS_CACHE_DIR: cache });
  const { code, output } = await stack.run("deploy");
  expect(output).toContain("The local AWS emulator needs Python 3.10 or later with venv: install python3");
  expect(output).not.toMatch(/^ +at /m);
  expect(code).toBe(1);
  expect(processesToldOf(stack.folder)).toEqual([]);
});

test("a taken port is named, with its variable and who has it", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const stack = await create({ PORT_EMULATOR: String(port) });
  const { code, output } = await stack.run("deploy");
  expect(output).toMatch(
    new RegExp(`^Port ${port} is taken.*\\. Free it, or set PORT_EMULATOR to another port\\.$`, "m"),
  );
  expect(code).toBe(1);
  expect(processesToldOf(stack.folder)).toEqual([]);
});

test("a start that is interrupted leaves nothing running", async () => {
  const stack = await create();
  const child = stack.spawn("deploy");
  const ended = endOf(child);
  await until("MySQL is started", async () => stack.pid("mysql"), 60_000);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 130 });
  expect(processesToldOf(stack.folder)).toEqual([]);
});

test("a start whose terminal is killed is given up", async () => {
  const stack = await create();
  const child = stack.spawn("deploy");
  await until("MySQL is started", async () => stack.pid("mysql"), 60_000);
  child.kill("SIGKILL");
  await until("nothing is left running", async () => processesToldOf(stack.folder).length === 0, 60_000);
});

test("what runs for a folder that is deleted ends", async () => {
  const stack = await create();
  expect(await stack.run("deploy")).toMatchObject({ code: 0 });
  const running = processesToldOf(stack.folder);
  if (process.platform === "linux") expect(running.length).toBeGreaterThan(5);
  await rm(stack.stack, { recursive: true, maxRetries: 10 });
  await until("nothing is left running", async () => processesToldOf(stack.folder).length === 0, 30_000);
  expect(existsSync(stack.stack)).toBe(false);
});

test("what a killed supervisor leaves is stopped by a removal", async () => {
  const stack = await create();
  expect(await stack.run("deploy")).toMatchObject({ code: 0 });
  const supervisor = lockHolder(join(stack.stack, "run/supervisor.lock"));
  process.kill(supervisor!, "SIGKILL");
  const { code, output } = await stack.run("remove");
  expect(output).toContain("stopped what was left running");
  expect(code).toBe(0);
  expect(processesToldOf(stack.folder)).toEqual([]);
});
