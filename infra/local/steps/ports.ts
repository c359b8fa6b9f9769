import { join } from "node:path";
import { StartFailure } from "../failure.ts";
import { freePort, isPortFree } from "../ports.ts";
import { portOwner } from "../process/port-owner.ts";
import { takeLock } from "../supervisor/lock.ts";

/** The ports to use: a wanted 0 becomes a free port. Throws a StartFailure that names each port that is taken. */
export async function choosePorts<P extends object>(wantedPorts: P): Promise<P> {
  const wanted = new Map(Object.entries(wantedPorts) as [string, number][]);
  const problems: string[] = [];
  for (const [name, port] of wanted) {
    const [twin] = [...wanted].find(([other, its]) => other !== name && port !== 0 && its === port) ?? [];
    if (twin !== undefined) {
      problems.push(`${name} and ${twin} are both ${port}.`);
    } else if (port !== 0 && !(await isPortFree(port))) {
      problems.push(`Port ${port} is taken${by(portOwner(port))}. Free it, or set ${name} to another port.`);
    }
  }
  if (problems.length > 0) {
    throw new StartFailure(problems.join("\n"));
  }
  return Object.fromEntries(await withFreePorts(wanted)) as P;
}

async function withFreePorts(wanted: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const chosen = new Map(wanted);
  const taken = new Set(wanted.values());
  for (const name of wanted.keys()) {
    while (chosen.get(name) === 0) {
      const port = await freePort();
      chosen.set(name, taken.has(port) ? 0 : port);
      taken.add(port);
    }
  }
  return chosen;
}

/**
 * A port that stays the same over restarts where it can: the preferred one, unless something listens there or another
 * system of this user has taken it and is about to listen. It is this process's until it ends.
 */
export async function stablePort(preferred: number, cacheDir: string): Promise<number> {
  try {
    takeLock(join(cacheDir, `port-${preferred}.lock`));
  } catch (error) {
    if (error instanceof StartFailure) {
      return freePort();
    }
    // A cache folder that cannot be written to costs only the protection from another start at the same moment.
  }
  return freePort(preferred);
}

function by(owner: string | undefined): string {
  return owner === undefined ? "" : ` by ${owner}`;
}
