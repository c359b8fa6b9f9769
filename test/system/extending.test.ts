import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { findGo } from "../../infra/local/steps/go.ts";
import { followGuide, overlayFlags } from "../harness/extending.ts";
import { killTwice, postAtOnce } from "../harness/kills.ts";
import { countByStatus, rows } from "../harness/orders.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const { root, environment, searchPath } = readLocalConfig();
const folder = await mkdtemp(join(tmpdir(), "orders-extending-"));
const audit = join(folder, "audit");
await mkdir(audit);
const files = await followGuide(root, folder);
const GOFLAGS = await overlayFlags(files, folder);
const go = await findGo(searchPath);
afterAll(() => rm(folder, { recursive: true }));

// The worker is built with what the guide says. Each order is in work for a while after its file is made.
const system = useSystem({
  ...{ GOFLAGS, WORKER_STEPS: "audit-file,simulation", STEP_AUDIT_FILE_FOLDER: audit },
  ...{ PROCESS_MS: "300", WORKER_CONCURRENCY: "40", LEASE_MS: "1500", RELAY_INTERVAL_MS: "50" },
});

/** The files that the step has made, with what tells one file from another under the same name. */
async function made(): Promise<Map<string, number>> {
  const names = (await readdir(audit)).filter((name) => !name.startsWith(".draft-"));
  return new Map(await Promise.all(names.map(async (name) => [name, (await stat(join(audit, name))).ino] as const)));
}

function runGo(...words: string[]): string {
  return execFileSync(go, words, { cwd: join(root, "worker-go"), env: { ...environment, GOFLAGS }, encoding: "utf8" });
}

test("the step of docs/extending.md is one folder, formatted, and passes its own test", () => {
  expect(new Set([...files.keys()].map(dirname))).toEqual(new Set([join(root, "worker-go/internal/steps")]));
  expect(execFileSync(join(dirname(go), "gofmt"), ["-l", ...files.values()], { encoding: "utf8" })).toBe("");
  const printed = runGo("test", "-count=1", "-v", "-run", "^TestAuditFile|^TestTheName", "./internal/steps");
  expect(printed).toMatch(/PASS: TestAuditFileIsMadeOnce[\s\S]*PASS: TestAuditFileWithoutItsFolder/);
});

test("300 orders go through it once each, though the worker is killed twice in their midst", async () => {
  const ids = await postAtOnce(system, Array(300).fill("Laptop"));
  const seen = new Map<string, number>();
  await killTwice(system, async () => {
    for (const [name, file] of await made()) if (!seen.has(name)) seen.set(name, file);
    return seen.size;
  });
  await until("they are completed", async () => (await countByStatus(system.database)).completed === 300, 60_000);
  const files = await made();
  expect([...files.keys()].toSorted()).toEqual(ids.map((id) => `audit-file-${id}.json`).toSorted());
  // Those that were there before a kill are the same files still: the attempts after it made no others.
  for (const [name, file] of seen) expect(files.get(name)).toBe(file);
  for (const id of ids) {
    const text = await readFile(join(audit, `audit-file-${id}.json`), "utf8");
    expect(JSON.parse(text)).toEqual({ orderId: id, item: "Laptop", amount: "2599.98" });
  }
  const again = await rows<{ orders: number }>(
    system.database,
    "SELECT COUNT(*) AS orders FROM orders WHERE attempt > 1",
  );
  expect(again[0]?.orders).toBeGreaterThanOrEqual(40);
});
