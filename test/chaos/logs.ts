import type { Fleet } from "../harness/fleet/fleet.ts";

/** What the services have logged. */
export interface Logged {
  /** Faults that they met and did not expect, one line a kind. Trouble that they are made for is a warning at most. */
  readonly errors: readonly string[];
  /** How many reports of workers came too late and were rejected. */
  readonly lateReports: number;
  /** How many orders the relays have enqueued again because the queue had lost them. */
  readonly reenqueued: number;
  /** How many entries named no order. */
  readonly deadEntries: number;
}

type Entry = Readonly<Record<string, unknown>>;

/** Reads all logs of services. */
export async function readLogs(fleet: Fleet): Promise<Logged> {
  const errors = new Map<string, number>();
  const entries: Entry[] = [];
  for (const name of fleet.services) {
    for (const line of (await fleet.log(name)).split("\n")) {
      const entry = parse(line);
      if (entry !== undefined) entries.push(entry);
      const error = errorOf(name, line, entry);
      if (error !== undefined) errors.set(`${name}: ${error}`, (errors.get(`${name}: ${error}`) ?? 0) + 1);
    }
  }
  const saying = (text: string) => entries.filter(({ msg }) => typeof msg === "string" && msg.startsWith(text));
  return {
    errors: [...errors].map(([kind, count]) => `${kind} (${count} times)`),
    lateReports: saying("a report came too late").length,
    reenqueued: saying("orders were lost from the queue").reduce((total, { count }) => total + Number(count), 0),
    deadEntries: saying("an entry names no order").length,
  };
}

function parse(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}

/** What Go prints when it ends by itself; esbuild, in the HTTP process, does so when that is killed. */
const endOfGo = /^(panic: |fatal error: )/;

/** What Node prints when it ends by itself. */
const endOfNode = /^(Uncaught |\w*Error: |FATAL ERROR)/;

function errorOf(name: string, line: string, entry: Entry | undefined): string | undefined {
  if ((name.startsWith("worker") ? endOfGo : endOfNode).test(line)) return line;
  if (entry?.level !== "error") return undefined;
  const { msg, err, error, step } = entry;
  const cause = typeof err === "object" && err !== null && "message" in err ? err.message : error;
  return [msg, step, cause].filter((part) => part !== undefined).join(": ");
}
