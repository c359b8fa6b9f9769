import type { Fleet } from "../harness/fleet/fleet.ts";

/**
 * What services have logged as an error: a fault that they met and did not expect. Trouble that they are made for is
 * logged as a warning at most. One line a kind.
 */
export async function loggedErrors(fleet: Fleet): Promise<readonly string[]> {
  const kinds = new Map<string, number>();
  for (const name of fleet.services) {
    for (const line of (await fleet.log(name)).split("\n")) {
      const error = errorOf(line);
      if (error !== undefined) kinds.set(`${name}: ${error}`, (kinds.get(`${name}: ${error}`) ?? 0) + 1);
    }
  }
  return [...kinds].map(([kind, count]) => `${kind} (${count} times)`);
}

function errorOf(line: string): string | undefined {
  if (!/"level":"error"/i.test(line)) return undefined;
  try {
    const { msg, err, error, step } = JSON.parse(line) as Record<string, unknown>;
    const cause = typeof err === "object" && err !== null && "message" in err ? err.message : error;
    return [msg, step, cause].filter((part) => part !== undefined).join(": ");
  } catch {
    return line;
  }
}
