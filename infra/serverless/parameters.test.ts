import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readLocalConfig } from "../local/config.ts";

type Values = Readonly<Record<string, string | number | boolean>>;

// Plain JavaScript, as serverless loads it: what is used of it is told here.
const { problemsOf } = (await import(new URL("./parameters.mjs", import.meta.url).href)) as {
  problemsOf: (values: Values) => string[];
};

const root = resolve(import.meta.dirname, "../..");
const stages: Readonly<Record<string, Values>> = parse(await readFile(join(root, "infra/aws/parameters.yml"), "utf8"));
const defaults = stages.default ?? {};

it.each(Object.keys(stages))("the values of %s are all known and valid", (stage) => {
  expect(problemsOf({ ...defaults, ...stages[stage] })).toEqual([]);
});

it.each([
  { infra: "local" },
  { vpcCidr: "172.31.0.0/20" },
  { vpcCidr: "192.168.8.0/21" },
  { mysqlMultiAz: "true" },
  { mysqlClass: "db.r7g.16xlarge" },
  { cacheClass: "cache.m7g.large" },
  { workersMin: "4" },
  { alarmEmail: "a@b.example", monthlyBudgetUsd: "100" },
  { archiveUrl: "s3://bucket/prefix" },
  { otlpEndpoint: "http://10.20.0.9:4318", otlpShare: "1" },
])("%j is accepted", (values) => {
  expect(problemsOf({ ...defaults, ...(values as Values) })).toEqual([]);
});

describe("is refused, by name and with what is expected:", () => {
  it.each([
    ["infra", "gcp", "aws, local"],
    ["vpcCidr", "10.0.0.0/24", "a private network"],
    ["vpcCidr", "8.8.0.0/16", "a private network"],
    ["natPerZone", "yes", "true or false"],
    ["mysqlClass", "t4g.small", "a class of RDS"],
    ["mysqlStorageGiB", "10", "an integer from 20 to"],
    ["mysqlBackupDays", "0", "an integer from 1 to 35"],
    ["cacheNodes", "4", "an integer from 1 to 3"],
    ["gatewayTasks", "1.5", "an integer from 1 to"],
    ["containerArchitecture", "arm", "arm64, x86_64"],
    ["logRetentionDays", "31", "30, 60"],
    ["alarmEmail", "me", "an e-mail address"],
    ["otlpEndpoint", "collector:4318", "http://host:port"],
    ["otlpShare", "2", "a share from 0 to 1"],
    ["mysqlMutliAz", "true", "is unknown: there are infra"],
    ["toString", "x", "is unknown"],
  ])("%s=%s", (name, value, expected) => {
    const problems = problemsOf({ ...defaults, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} is `));
    expect(problems[0]).toContain(expected);
  });

  it.each([
    [{ workersMin: "5" }, "workersMin is above workersMax"],
    [{ mysqlStorageGiB: "190" }, "a tenth above"],
    [{ monthlyBudgetUsd: "10" }, "needs alarmEmail"],
  ])("%j", (values, expected) => {
    expect(problemsOf({ ...defaults, ...(values as Values) }).join()).toContain(expected);
  });
});

/** What serverless says of a stage with these words. */
async function print(...words: string[]): Promise<string> {
  const serverless = join(root, "node_modules/serverless/bin/serverless.js");
  const env = { ...readLocalConfig().environment, API_KEYS: `shop:${"0".repeat(64)}` };
  return promisify(execFile)(process.execPath, [serverless, "print", ...words], { cwd: root, env }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
}

it("serverless stops at wrong parameters before it asks for anything else", async () => {
  const text = await print("--stage", "Prod", "--param=infra=gcp", "--param=natPerZone=maybe");
  expect(text).toContain('the stage is "Prod": expected up to 25 lower-case letters');
  expect(text).toContain('infra is "gcp": expected aws, local');
  expect(text).toContain('natPerZone is "maybe": expected true or false');
  expect(text).not.toContain("Cannot resolve");
});
