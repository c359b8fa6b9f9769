/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { readLocalConfig } from "./config.ts";
import { runningTable } from "./console/table.ts";
import { createTerminal, seconds, type Terminal } from "./console/terminal.ts";
import { StartFailure } from "./failure.ts";
import { offlinePlan } from "./plan.ts";
import { LocalSystem } from "./system.ts";

/** One Ctrl-C arrives up to three times: from the terminal, from npm and from the bootstrap, which pass it on. */
const sameKeypressMs = 500;
const begun = performance.now();
const terminal = createTerminal(process.stdout);
// A terminal that was closed must not end this process before it has stopped its children.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

try {
  await run(terminal);
} catch (error) {
  fail(error);
}

async function run(terminal: Terminal): Promise<void> {
  const config = readLocalConfig();
  const system = new LocalSystem(config, offlinePlan(config.ports), terminal);
  let stopping = false;
  let firstSignalAt = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      if (performance.now() - firstSignalAt < sameKeypressMs) {
        return;
      }
      terminal.line(`${signal} again: killing everything`);
      system.kill().finally(() => process.exit(130));
      return;
    }
    stopping = true;
    firstSignalAt = performance.now();
    terminal.line("stopping");
    system.stop().then(
      () => finish("stopped", 0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, onSignal);
  }
  try {
    const parts = await system.start();
    announce(terminal, runningTable(parts), parts.find((part) => part.component === "http")?.where ?? "");
  } catch (error) {
    if (!stopping) {
      stopping = true;
      await system.stop();
      throw error;
    }
  }
}

function announce(terminal: Terminal, table: string[], url: string): void {
  const order = `'{"item":"Laptop","quantity":2,"price":1299.99}'`;
  terminal.line(["", ...table, "", `Dashboard: ${url}/`, "", "Try it:"].join("\n"));
  terminal.line(`  curl -i -X POST ${url}/orders -H 'Content-Type: application/json' -d ${order}\n`);
  terminal.line(`ready in ${seconds(performance.now() - begun)}. Ctrl-C stops everything.`);
}

function finish(line: string, code: number): void {
  terminal.close();
  terminal.line(line);
  process.exit(code);
}

/** What a person can act on is shown as it is; anything else is a defect, and its stack tells where. */
function fail(error: unknown): void {
  terminal.close();
  const text = error instanceof StartFailure ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`, () => process.exit(1));
}
