/**
 * Corrects what serverless-offline does to requests that API Gateway leaves alone, so that the handlers see, and answer,
 * the same here as there.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: IncomingMessage };
  request.url = withValidEscapes(request.url ?? "/");
  nameContent(request);
});

/** A path with escapes that are no UTF-8 is answered before any handler sees it: here they are text, as `%` itself is. */
function withValidEscapes(url: string): string {
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll("%", "%25") + url.slice(path.length);
  }
}

/** Content without a type is taken for JSON: here it gets the type that it may be assumed to have (RFC 9110 section 8.3). */
function nameContent({ headers, rawHeaders }: IncomingMessage): void {
  const hasContent = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  if (!hasContent || headers["content-type"] !== undefined) return;
  headers["content-type"] = "application/octet-stream";
  rawHeaders.push("Content-Type", "application/octet-stream");
}
