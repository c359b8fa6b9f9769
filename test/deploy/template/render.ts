/** Packages the stack as a deployment does, with no AWS account and no network. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseDocument, type Scalar, type YAMLSeq } from "yaml";
import { readLocalConfig } from "../../../infra/local/config.ts";
import { lastLines, run } from "../../../infra/local/process/run.ts";
import type { DeclaredFunction } from "./stack.ts";
import { listOf, type Template, type Value } from "./template.ts";

/** How long one packaging may take, in milliseconds: 5 s is usual. */
const timeoutMs = 120_000;

/** A stack as somebody may deploy it. */
export interface Variant {
  readonly name: string;
  readonly stage: string;
  /** What is given with --param. */
  readonly params: Readonly<Record<string, string>>;
}

/** What `serverless package` made. */
export interface Rendered {
  readonly variant: Variant;
  /** The file of the template, for the linter. */
  readonly file: string;
  readonly template: Template;
  readonly functions: Readonly<Record<string, DeclaredFunction>>;
  readonly zips: Readonly<Record<string, number>>;
}

/** A key whose text nobody knows. */
const apiKeys = `checks:${createHash("sha256").update("a key of the template's checks").digest("hex")}`;

/**
 * Packages a variant into a new folder below the given one; throws with what serverless said.
 *
 * @param code whether the functions' code is bundled, which takes longest and is the same in every variant
 */
export async function render(root: string, folder: string, variant: Variant, code: boolean): Promise<Rendered> {
  const service = join(folder, variant.name.replace(/\W+/g, "-"));
  const output = join(service, "package");
  await mirror(root, service);
  if (!code) await leaveCodeOut(service);
  const options = Object.entries(variant.params).flatMap(([name, value]) => ["--param", `${name}=${value}`]);
  const program = join(service, "node_modules/serverless/bin/serverless.js");
  const words = [program, "package", "--stage", variant.stage, "--package", output, ...options];
  const ended = await run(process.execPath, words, { cwd: service, env: environment(variant, service), timeoutMs });
  if (ended.code !== 0) {
    throw new Error(`${variant.name}: serverless package failed:\n${lastLines(ended.stdout + ended.stderr, 30)}`);
  }
  return { variant, ...(await read(output)) };
}

/** serverless writes below its service's folder, and two of them at once would write the same files. */
async function mirror(root: string, service: string): Promise<void> {
  await mkdir(service);
  const written = new Set([".serverless", ".esbuild", ".orders", ".git"]);
  const entries = (await readdir(root, { withFileTypes: true })).filter(({ name }) => !written.has(name));
  await Promise.all(
    entries.map((entry) => {
      const [from, to] = [join(root, entry.name), join(service, entry.name)];
      // serverless takes no link for its configuration.
      return entry.isFile() ? copyFile(from, to) : symlink(from, to);
    }),
  );
}

/** The same stack, with an empty zip for each function. */
async function leaveCodeOut(service: string): Promise<void> {
  const file = join(service, "serverless.yml");
  const document = parseDocument(await readFile(file, "utf8"));
  const plugins = document.get("plugins") as YAMLSeq<Scalar<string>>;
  plugins.items = plugins.items.filter(({ value }) => value !== "serverless-esbuild");
  document.setIn(["package"], { artifact: "empty.zip" });
  await writeFile(file, document.toString());
  // The end of a zip's directory, which says that there is nothing in it (APPNOTE.TXT, 4.3.16).
  await writeFile(join(service, "empty.zip"), Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]));
}

/** Nothing of the user's own AWS account, and nowhere to send a request to. */
function environment({ stage }: Variant, service: string): Record<string, string> {
  const foreign = /^(AWS_|MYSQL_|REDIS_|API_KEYS$|CORS_|ARCHIVE_|ORDERS_BUNDLE_DIR$|OTEL_|LOG_LEVEL$|SLS_)/;
  const inherited = Object.entries(readLocalConfig().environment).filter(([name]) => !foreign.test(name));
  const nowhere = "http://127.0.0.1:1";
  const urls = { MYSQL_URL: "mysql://orders@127.0.0.1:3306/orders", REDIS_URL: "redis://127.0.0.1:6379" };
  return {
    ...Object.fromEntries(inherited),
    ...(stage === "local" ? urls : {}),
    ...{ API_KEYS: apiKeys, HOME: service, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere },
    ...{ AWS_EC2_METADATA_DISABLED: "true", SLS_NOTIFICATIONS_MODE: "off" },
  };
}

async function read(output: string): Promise<Omit<Rendered, "variant">> {
  const file = join(output, "cloudformation-template-update-stack.json");
  const state = JSON.parse(await readFile(join(output, "serverless-state.json"), "utf8"));
  const zips = (await readdir(output)).filter((name) => name.endsWith(".zip"));
  const sizes = zips.map(async (name) => [basename(name, ".zip"), (await stat(join(output, name))).size] as const);
  return {
    file,
    template: JSON.parse(await readFile(file, "utf8")),
    functions: Object.fromEntries(
      Object.entries(state.service.functions as Record<string, Function>).map(([key, { handler, name, events }]) => [
        key,
        { handler, name, routes: listOf(events).flatMap(routeOf) },
      ]),
    ),
    zips: Object.fromEntries(await Promise.all(sizes)),
  };
}

interface Function {
  readonly handler: string;
  readonly name: string;
  readonly events?: readonly Value[];
}

/** `POST /orders`, or `$default` for `*`, as the API names it. */
function routeOf(event: Value): string[] {
  const { httpApi } = event as { httpApi?: string | { method?: string; path?: string } };
  if (httpApi === undefined) return [];
  const text = typeof httpApi === "string" ? httpApi : `${httpApi.method ?? "*"} ${httpApi.path ?? ""}`;
  const [method = "", path] = text.trim().split(/\s+/);
  return [
    method === "*" && (path === undefined || path === "*") ? "$default" : `${method.toUpperCase()} ${path ?? "*"}`,
  ];
}
