import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Variant } from "./render.ts";

/** What nobody set: what `serverless deploy --stage prod` makes. */
export const standard: Variant = { name: "prod", stage: "prod", params: {} };

/** What the emulator gets. */
export const local: Variant = { name: "local", stage: "local", params: {} };

/** Every cloud stack that must be sound: each switch the other way, all at once, and a large one. */
export async function cloudVariants(root: string): Promise<readonly Variant[]> {
  const text = await readFile(join(root, "infra/aws/parameters.yml"), "utf8");
  const defaults = (parse(text) as { default: Record<string, unknown> }).default;
  const switches = Object.entries(defaults).filter(
    (entry): entry is [string, boolean] => typeof entry[1] === "boolean",
  );
  const flipped = switches.map(([name, value]) => [name, String(!value)] as const);
  if (flipped.length === 0) throw new Error("infra/aws/parameters.yml has no switch");
  return [
    standard,
    ...flipped.map(([name, value]) => prod(`${name} ${value}`, { [name]: value })),
    prod("every switch the other way", Object.fromEntries(flipped)),
    prod("large", large),
  ];
}

function prod(name: string, params: Readonly<Record<string, string>>): Variant {
  return { name: `prod, ${name}`, stage: "prod", params };
}

/** What is neither a switch nor a default, all at once. */
const large = {
  ...{ mysqlClass: "db.r8g.large", mysqlMaxConnections: "1000", mysqlStorageGiB: "500", mysqlStorageMaxGiB: "2000" },
  ...{ mysqlBackupDays: "35", cacheClass: "cache.r7g.large", cacheNodes: "3", gatewayTasks: "4" },
  ...{ workersMin: "4", workersMax: "40", containerArchitecture: "x86_64", throttleRate: "5000", logLevel: "warn" },
  ...{ vpcCidr: "10.8.8.0/21", logRetentionDays: "365", alarmEmail: "operators@example.com", monthlyBudgetUsd: "500" },
  ...{ otlpEndpoint: "http://10.8.8.9:4318", otlpShare: "0.5" },
};
