import { etag, html, policy } from "virtual:dashboard";
import { isKnown } from "./http/etag.ts";
import { publicHttpFunction } from "./http/stack.ts";

const known = {
  ETag: etag,
  // Kept, but asked for each time: a deployment is seen at once.
  "Cache-Control": "no-cache",
};

const headers = {
  ...known,
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": policy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** `GET /`: the dashboard, one page with all that it needs. It asks for a key by itself where one is needed. */
export const handler = publicHttpFunction(async (event) =>
  isKnown(event, etag) ? { status: 304, headers: known } : { status: 200, headers, text: html },
);
