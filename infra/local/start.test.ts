import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readLocalConfig } from "./config.ts";
import { freePort } from "./ports.ts";
import { choosePorts, stablePort } from "./steps/ports.ts";
import { takeLock } from "./supervisor/lock.ts";

const { environment } = readLocalConfig();
const anyPorts = { PORT_HTTP: 0, PORT_GRPC: 0, PORT_GATEWAY_METRICS: 0, PORT_WORKER_METRICS: 0, PORT_LAMBDA: 0 };

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orders-start-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

interface Ended {
  code: number | null;
  output: string;
}

function end(child: ChildProcess): Promise<Ended> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

async function start(env: Record<string, string>): Promise<Ended> {
  const ports = Object.fromEntries(Object.keys(anyPorts).map((name) => [name, "0"]));
  const args = [join(import.meta.dirname, "start.ts")];
  return end(spawn(process.execPath, args, { env: { ...environment, ...ports, ...env } }));
}

describe("choosePorts", () => {
  it("gives five different free ports for five zeros", async () => {
    const ports = Object.values(await choosePorts(anyPorts));
    expect(new Set(ports).size).toBe(5);
    expect(ports).not.toContain(0);
  });

  it("refuses one port for two purposes", async () => {
    await expect(choosePorts({ ...anyPorts, PORT_HTTP: 3100, PORT_GRPC: 3100 })).rejects.toThrow(
      "PORT_HTTP and PORT_GRPC are both 3100.",
    );
  });
});

describe("stablePort", () => {
  it("gives the preferred port to one system at a time, also before that one listens", async () => {
    const [cacheDir, preferred] = [await newFolder(), await freePort()];
    expect(await stablePort(preferred, cacheDir)).toBe(preferred);
    expect(await stablePort(preferred, cacheDir)).not.toBe(preferred);
    writeFileSync(join(cacheDir, `port-${preferred}.lock`), JSON.stringify({ pid: process.pid, startTime: "1" }));
    expect(await stablePort(preferred, cacheDir)).toBe(preferred);
  });

  it("passes over a port that is taken", async () => {
    const port = await takenPort();
    expect(await stablePort(port, await newFolder())).not.toBe(port);
  });
});

describe("start", () => {
  it("names a taken port, its variable and who holds it, before it does any work", async () => {
    const port = await takenPort();
    const { code, output } = await start({ ORDERS_STATE_DIR: await newFolder(), PORT_HTTP: String(port) });
    const owner = process.platform === "linux" ? ` by .+ \\(pid ${process.pid}\\)` : "";
    expect(output).toMatch(
      new RegExp(`^Port ${port} is taken${owner}\\. Free it, or set PORT_HTTP to another port\\.\n$`),
    );
    expect(code).toBe(1);
  });

  it("names a malformed variable", async () => {
    const { code, output } = await start({ ORDERS_STATE_DIR: await newFolder(), PORT_GRPC: "fifty" });
    expect(output).toBe('PORT_GRPC must be a port from 0 to 65535 (0 takes any free one), not "fifty"\n');
    expect(code).toBe(1);
  });

  it("is refused where another one runs, and names it", async () => {
    const folder = await newFolder();
    onTestFinished(takeLock(join(folder, "run/supervisor.lock")));
    const { code, output } = await start({ ORDERS_STATE_DIR: folder });
    expect(output).toContain(`Already running here as process ${process.pid}.`);
    expect(code).toBe(1);
  });
});

describe("bootstrap", () => {
  async function clone(options: { installed: boolean }): Promise<string> {
    const root = await newFolder();
    mkdirSync(join(root, "infra/local"), { recursive: true });
    cpSync(join(import.meta.dirname, "bootstrap.mjs"), join(root, "infra/local/bootstrap.mjs"));
    const probe = `console.log(JSON.stringify(process.argv.slice(2))); process.exit(process.argv.length);`;
    writeFileSync(join(root, "infra/local/probe.ts"), probe);
    writeFileSync(
      join(root, "infra/local/wait.ts"),
      `process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000); console.log("up");`,
    );
    const packages = { "": {}, "node_modules/a": { version: "1.0.0" } };
    writeFileSync(join(root, "package.json"), `{"name":"x","version":"1.0.0"}`);
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
    mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
    symlinkSync(process.execPath, join(root, "node_modules/.bin/node"));
    const version = options.installed ? "1.0.0" : "0.9.0";
    const installed = { packages: { "node_modules/a": { version } } };
    writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify(installed));
    return join(root, "infra/local/bootstrap.mjs");
  }

  // Before Node 22.15 the process cannot be replaced by the program's: it waits for it instead.
  const withoutExecve = ["--import", "data:text/javascript,process.execve = undefined"];

  it.each([
    { node: "this Node", flags: [] },
    { node: "an older Node", flags: withoutExecve },
  ])("runs the program with its arguments and gives back its exit code, on $node", async ({ flags }) => {
    const bootstrap = await clone({ installed: true });
    const ended = await end(spawn(process.execPath, [...flags, bootstrap, "infra/local/probe.ts", "a b", "--c"]));
    expect(ended).toEqual({ code: 4, output: '["a b","--c"]\n' });
  });

  it.each([
    { node: "this Node", flags: [] },
    { node: "an older Node", flags: withoutExecve },
  ])("passes a signal on, on $node", async ({ flags }) => {
    const child = spawn(process.execPath, [...flags, await clone({ installed: true }), "infra/local/wait.ts"]);
    child.stdout.once("data", () => child.kill("SIGTERM"));
    expect((await end(child)).code).toBe(9);
  });

  it.each([
    { program: "none", words: [] },
    { program: "one that is not there", words: ["infra/local/absent.ts"] },
    { program: "one that is no program", words: ["package.json"] },
  ])("refuses with its usage: $program", async ({ words }) => {
    const ended = await end(spawn(process.execPath, [await clone({ installed: true }), ...words]));
    expect(ended.code).toBe(1);
    expect(ended.output).toContain("Usage: node infra/local/bootstrap.mjs <program.ts> [arguments]");
  });

  it("installs when the packages are older than the lockfile, and shows why npm failed", async () => {
    const bootstrap = await clone({ installed: false });
    const bin = await newFolder();
    writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "npm $1: no network" >&2\nexit 7\n`, { mode: 0o755 });
    const env = { ...environment, PATH: `${bin}:${environment.PATH}` };
    const ended = await end(spawn(process.execPath, [bootstrap, "infra/local/probe.ts"], { env }));
    expect(ended.code).toBe(1);
    expect(ended.output).toBe("installing npm packages (once) …\nnpm ci failed:\nnpm ci: no network\n");
  });
});
