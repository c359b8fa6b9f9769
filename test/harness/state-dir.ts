import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { writeEnvFile } from "../../infra/local/env-file.ts";

/** A state folder, with the settings of what runs: of `npm start`, and of the local AWS emulator. */
export function stateDir(settings: {
  readonly started?: Record<string, string>;
  readonly emulated?: Record<string, string>;
}): { readonly ORDERS_STATE_DIR: string } {
  const folder = mkdtempSync(join(tmpdir(), "orders-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [place, written] of [
    ["run", settings.started],
    ["local-stack/run", settings.emulated],
  ] as const) {
    if (written === undefined) continue;
    mkdirSync(join(folder, place), { recursive: true });
    writeEnvFile(join(folder, place, "env"), written);
  }
  return { ORDERS_STATE_DIR: folder };
}
