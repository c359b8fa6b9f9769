import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useDatabase } from "../test/harness/database.ts";
import { send, useFunctions } from "../test/harness/http.ts";
import { useRedis } from "../test/harness/redis.ts";

const mysql = useDatabase();
const redis = useRedis();
const functions = useFunctions(() => ({
  MYSQL_URL: mysql.url,
  REDIS_URL: redis.url,
  API_KEYS: `shop:${createHash("sha256").update("secret").digest("hex")}`,
}));

const get = (headers: Readonly<Record<string, string>> = {}) => send(functions.dashboard, { path: "/", headers });

describe("GET /", () => {
  it("answers the page to everybody, for it holds nothing and asks for a key itself", async () => {
    const { status, headers, text } = await get();
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toMatch(/^<!doctype html>\s*<html lang="en">[\s\S]*<title>Orders<\/title>[\s\S]*<\/html>\s*$/);
  });

  it("lets the page run its own script and style, ask this origin, and nothing else", async () => {
    const { headers, text } = await get();
    const policy = Object.fromEntries(
      String(headers["content-security-policy"])
        .split("; ")
        .map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]),
    );
    expect(policy).toEqual({
      "default-src": ["'none'"],
      "script-src": hashesOf("script", text),
      "style-src": hashesOf("style", text),
      "connect-src": ["'self'"],
      "img-src": ["data:"],
      ...{ "base-uri": ["'none'"], "form-action": ["'none'"], "frame-ancestors": ["'none'"] },
    });
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  });

  it("answers a page with nothing to load: no address but the API's own, no style at an element", async () => {
    const markup = (await get()).text.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, "<$1></$1>");
    const addresses = [...markup.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.filter((address) => !address?.startsWith("data:"))).toEqual(["openapi.json"]);
    expect(markup).not.toMatch(/ style=| on\w+=/);
  });

  it("answers 304 to a browser that has the page, and 200 to one that has another", async () => {
    const { headers } = await get();
    expect(headers["cache-control"]).toBe("no-cache");
    const again = await get({ "If-None-Match": `"other", ${headers.etag}` });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, "", headers.etag]);
    expect((await get({ "If-None-Match": '"other"' })).status).toBe(200);
  });
});

/** The sources that a policy must allow for what stands in the page: exactly one of each kind. */
function hashesOf(tag: string, html: string): string[] {
  const texts = [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, "g"))].map(
    ([, text = ""]) => text,
  );
  expect(texts).toHaveLength(1);
  return texts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
}
