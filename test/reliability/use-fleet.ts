import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { Fleet, type FleetOptions } from "../harness/fleet/fleet.ts";

/** A fleet for all tests of a file: use it within tests and hooks only. */
export interface UsedFleet {
  readonly fleet: Fleet;
}

/** Gives the test file a fleet that runs, or one that is prepared only. What its supervisor does is printed. */
export function useFleet(
  options: Omit<FleetOptions, "folder" | "report">,
  begin: typeof Fleet.start = Fleet.start,
): UsedFleet {
  const used = {} as { fleet: Fleet; folder: string };
  beforeAll(async () => {
    used.folder = await mkdtemp(join(tmpdir(), "orders-fleet-"));
    used.fleet = await begin({ ...options, folder: used.folder, report: say });
  }, 180_000);
  afterAll(async () => {
    await used.fleet?.stop();
    await rm(used.folder, { recursive: true, force: true });
  }, 180_000);
  return used;
}

/**
 * How long the clients of these tests wait for an answer, in milliseconds: as long as API Gateway does, about. What is
 * slow on a busy machine is no failed create.
 */
export const patienceMs = 25_000;

/** Prints a line, such as a figure that was measured. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
