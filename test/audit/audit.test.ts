import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import lock from "../../package-lock.json" with { type: "json" };

const root = fileURLToPath(new URL("../..", import.meta.url));
const nowhere = "http://127.0.0.1:1";

/** Runs `.ci/audit` and answers its exit code and all that it prints. */
async function audit(parts: string[], env: Record<string, string>): Promise<{ code: unknown; printed: string }> {
  // npm remembers what it was told of an advisory.
  const npm_config_cache = await mkdtemp(join(tmpdir(), "npm-"));
  const child = spawn(join(root, ".ci/audit"), parts, {
    env: { ...readLocalConfig().environment, AUDIT: "", npm_config_cache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, printed: out + error };
}

/** Those of the advisories that a registry is asked for. */
async function asked(request: IncomingMessage, advisories: Record<string, unknown[]>) {
  const body = await buffer(request);
  const names: unknown = JSON.parse(String(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body));
  return Object.fromEntries(Object.entries(advisories).filter(([name]) => Object.hasOwn(names as object, name)));
}

/** A registry that knows of these advisories, by package, and what is wrong with an old lodash. */
async function registry(known: Record<string, unknown[]>): Promise<string> {
  const advisories = { lodash: [{ ...advisory("high"), vulnerable_versions: "<4.17.21" }], ...known };
  const server = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? "";
    const version = lock.packages["node_modules/ioredis"].version;
    const packument = { name, "dist-tags": { latest: version }, versions: { [version]: { name, version } } };
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(request.method === "POST" ? await asked(request, advisories) : packument));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const advisory = (severity: string) => ({
  id: 1,
  url: "https://advisories.test/1",
  title: "a made-up vulnerability",
  severity,
  vulnerable_versions: "*",
  cwe: [],
  cvss: { score: 0, vectorString: null },
});

/** A database of one made-up vulnerability in a function of the standard library. */
async function vulnerabilityDatabase(symbol: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vulndb-"));
  const modified = "2026-01-01T00:00:00Z";
  const id = "GO-2026-0001";
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await Promise.all(["index", "ID"].map((name) => mkdir(join(folder, name))));
  await write("index/db.json", { modified });
  await write("index/modules.json", [{ path: "stdlib", vulns: [{ id, modified }] }]);
  await write("index/vulns.json", [{ id, modified, aliases: [] }]);
  const imports = [{ path: "net/http", symbols: [symbol] }];
  const ranges = [{ type: "SEMVER", events: [{ introduced: "0" }] }];
  const affected = [{ package: { name: "stdlib", ecosystem: "Go" }, ranges, ecosystem_specific: { imports } }];
  const url = "https://vulnerabilities.example";
  const entry = { schema_version: "1.3.1", id, modified, details: "made up", affected, database_specific: { url } };
  await write(`ID/${id}.json`, entry);
  return pathToFileURL(folder).href;
}

describe("the audit of npm's packages", () => {
  test("passes when the registry knows of nothing", async () => {
    const { code, printed } = await audit(["npm", "licences"], { npm_config_registry: await registry({}) });
    expect(printed).not.toContain("NOT DONE");
    expect(printed).toContain("packages that are deployed: no known vulnerability");
    expect(printed).toContain("licences: npm packages: all go with MIT");
    expect(printed).toContain("licences: Go modules that the worker links: all go with MIT");
    expect(code).toBe(0);
  });

  test.each([
    ["moderate", 1],
    ["low", 0],
  ])("judges a %s vulnerability of what is deployed", async (severity, expected) => {
    const url = await registry({ ioredis: [advisory(severity)] });
    const { code, printed } = await audit(["npm"], { npm_config_registry: url });
    if (expected === 1) expect(printed).toContain("a made-up vulnerability");
    expect(code).toBe(expected);
  });

  test("that cannot be done neither passes nor is silent", async () => {
    const { code, printed } = await audit(["npm"], { npm_config_registry: nowhere });
    expect(printed.match(/NOT DONE: the registry's advisories cannot be reached/g)).toHaveLength(2);
    expect(code).toBe(75);
  });

  test("is not done by a registry that knows of no vulnerability of anything", async () => {
    const { code, printed } = await audit(["npm"], { npm_config_registry: await registry({ lodash: [] }) });
    expect(printed).toContain("NOT DONE: the registry tells of no vulnerability of lodash 4.17.4");
    expect(printed).not.toContain("no known vulnerability");
    expect(code).toBe(75);
  });

  test.each([
    ["offline", "true"],
    ["prefer_offline", "true"],
    ["audit", "false"],
    ["include", "dev"],
    ["omit", "prod"],
    ["omit", "dev"],
  ])("asks and judges all the same when npm is set to %s=%s", async (setting, value) => {
    const [name, level] = value === "dev" && setting === "omit" ? ["vitest", "high"] : ["ioredis", "moderate"];
    const env = {
      npm_config_registry: await registry({ [name]: [advisory(level)] }),
      [`npm_config_${setting}`]: value,
    };
    const { code, printed } = await audit(["npm"], env);
    expect(printed).toContain("a made-up vulnerability");
    expect(code).toBe(1);
  });

  test("that cannot be done fails where it is required", async () => {
    const { code } = await audit(["npm"], { npm_config_registry: nowhere, AUDIT: "required" });
    expect(code).toBe(1);
  });
});

describe("the audit of the worker", () => {
  test("passes when no vulnerability is in code that it reaches", async () => {
    const { code, printed } = await audit(["go"], { GOVULNDB: await vulnerabilityDatabase("ListenAndServeTLS") });
    expect(printed).toMatch(/1\s+vulnerability\s+in\s+packages\s+you\s+import/);
    expect(printed).toMatch(/standard library of go1\.\d+.*: no known vulnerability that the worker can reach/);
    expect(code).toBe(0);
  });

  test("fails on a vulnerability in code that it reaches", async () => {
    const { code, printed } = await audit(["go"], { GOVULNDB: await vulnerabilityDatabase("Server.Serve") });
    expect(printed).toMatch(/GO-2026-0001[\s\S]*affected by 1 vulnerability[\s\S]*FAILED: vulnerabilities; update/);
    expect(code).toBe(1);
  });

  test("that cannot be done neither passes nor is silent", async () => {
    const { code, printed } = await audit(["go"], { GOVULNDB: nowhere });
    expect(printed).toContain("NOT DONE");
    expect(code).toBe(75);
  });
});

test("a licence that does not go with MIT is named", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "licences-")), "package-lock.json");
  const packages = {
    "": { license: "MIT" },
    "node_modules/fine": { version: "1.0.0", license: "(MIT OR GPL-3.0-or-later) AND BSD-3-Clause" },
    "node_modules/tool": { version: "1.0.0", license: "MPL-2.0", dev: true },
    "node_modules/deployed": { version: "1.0.0", license: "MPL-2.0" },
    "node_modules/optional": { version: "1.0.0", license: "MPL-2.0", devOptional: true },
    "node_modules/copyleft": { version: "2.0.0", license: "MIT AND AGPL-3.0-only", dev: true },
    "node_modules/unnamed": { version: "3.0.0" },
  };
  await writeFile(file, JSON.stringify({ packages }));
  const child = spawn(process.execPath, [join(root, ".ci/licences.mjs"), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  const named = printed.split("\n").map((line) => line.split("@")[0]);
  const expected = [
    "node_modules/deployed",
    "node_modules/optional",
    "node_modules/copyleft",
    "node_modules/unnamed",
    "",
  ];
  expect(named).toEqual(expected);
  expect(code).toBe(1);
});

test("a licence of a Go module that does not go with MIT is named, and so is a module without one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "modules-"));
  const texts = {
    mit: "MIT License\n\nPermission is hereby granted, free of\ncharge, to any person",
    copyleft: "GNU LESSER GENERAL PUBLIC LICENSE. Permission is hereby granted, free of charge",
    unknown: "All rights reserved.",
  };
  const modules = [...Object.keys(texts), "without"].map((name) => `${name} ${join(folder, name)}`);
  for (const line of modules) await mkdir(line.split(" ")[1] ?? "");
  for (const [name, licence] of Object.entries(texts)) await writeFile(join(folder, name, "LICENSE"), licence);
  // Beside a licence it tells of other files; alone it says nothing of the module.
  for (const name of ["mit", "without"]) await mkdir(join(folder, name, "LICENSES"));
  const child = spawn(process.execPath, [join(root, ".ci/licences-go.mjs"), "-"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(modules.join("\n"));
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(printed.split("\n").map((line) => line.split(":")[0])).toEqual(["copyleft", "unknown", "without", ""]);
  expect(code).toBe(1);
});
