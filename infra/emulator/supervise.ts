/**
 * The process that `npm run deploy:local` leaves behind: keeps MySQL, Redis, the emulator, gateway and worker running
 * until it gets a SIGTERM. It tells whoever started it how the start goes, and gives up when that one ends before.
 */
import { existsSync, writeFileSync } from "node:fs";
import { createTerminal } from "../local/console/terminal.ts";
import { StartFailure } from "../local/failure.ts";
import { endSignals } from "../local/process/at-end.ts";
import { LocalSystem } from "../local/system.ts";
import { type EmulatorPorts, readEmulatorConfig } from "./config.ts";
import { provideEmulator } from "./emulator-programs.ts";
import { emulatorPlan } from "./plan.ts";
import { noteVersions } from "./service-versions.ts";
import { forgetDeployment, openStackDir } from "./stack-dir.ts";
import type { SupervisorMessage } from "./supervisor-process.ts";

/** How often it looks whether its folder is still there, in milliseconds. */
const lookMs = 2_000;

/** Its output is a log, which wants times. */
const terminal = createTerminal({
  write: (text) => {
    process.stdout.write(`${new Date().toISOString()} ${text}`);
    tell({ line: text.trimEnd() });
  },
});

const config = readEmulatorConfig();
const stack = openStackDir(config.local.stateDir);
const report = (line: string): void => terminal.line(line);
let system: LocalSystem<EmulatorPorts> | undefined;
let phase: "starting" | "running" | "stopping" = "starting";

listen();
try {
  await start();
} catch (error) {
  const text = error instanceof StartFailure ? error.message : error instanceof Error ? error.stack : String(error);
  if (phase === "starting") {
    tell({ failed: text ?? "" });
    await stop(text ?? "", 1);
  }
}

async function start(): Promise<void> {
  forgetDeployment(stack);
  const programs = await terminal.step("python", () => provideEmulator(config.local));
  system = new LocalSystem(config.local, emulatorPlan({ config, stack, programs, report }), terminal);
  await system.start();
  noteVersions(config.local.root, stack);
  writeFileSync(stack.ready, "");
  phase = "running";
  tell({ ready: true });
}

function listen(): void {
  for (const signal of endSignals) process.on(signal, () => void stop(`${signal}: stopping`, 0));
  process.once("disconnect", () => {
    if (phase === "starting") void stop("whoever started it has ended: stopping", 1);
  });
  // Nobody could find what runs for a folder that was deleted, and there is nothing left to be saved.
  setInterval(() => {
    if (existsSync(stack.run)) return;
    report("its folder is gone: killing everything");
    const killed = system?.kill() ?? Promise.resolve();
    void killed.finally(() => process.exit(1));
  }, lookMs).unref();
}

async function stop(why: string, code: number): Promise<void> {
  if (phase === "stopping") return;
  phase = "stopping";
  report(why);
  forgetDeployment(stack);
  await system?.stop();
  report("stopped");
  process.exit(code);
}

/** Nobody listens any more once the start is over. */
function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message, () => {});
}
