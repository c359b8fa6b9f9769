import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem } from "../../core/domain/problem.ts";
import { header } from "./header.ts";

/** The largest body that is read, in bytes. */
const maxBodyBytes = 1_048_576;

/**
 * The JSON value of a request's body.
 *
 * @throws {Problem} 413, 415 or 400, in this order
 */
export function jsonBody(event: APIGatewayProxyEventV2): unknown {
  const body = Buffer.from(bodyText(event), event.isBase64Encoded ? "base64" : "utf8");
  if (body.length > maxBodyBytes) {
    throw new Problem("body-too-large", `The body has ${body.length} bytes; at most ${maxBodyBytes} are read.`);
  }
  assertJsonType(header(event, "content-type"));
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    const detail =
      body.length === 0 ? "The body is empty; send a JSON object." : "The body is not valid JSON in UTF-8.";
    throw new Problem("malformed-request", detail, { cause });
  }
}

/** An HTTP API sends text. serverless-offline sends some JSON values, such as 0 and false, as what they are. */
function bodyText({ body }: { readonly body?: unknown }): string {
  return typeof body === "string" ? body : body === undefined || body === null ? "" : JSON.stringify(body);
}

/** `application/json`, with no parameter but `charset=utf-8` (RFC 9110 section 8.3.1). */
function assertJsonType(type: string | undefined): void {
  if (type !== undefined && /^\s*application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i.test(type)) return;
  const given = type === undefined ? "The request has no Content-Type" : "The Content-Type is not supported";
  throw new Problem("unsupported-media-type", `${given}; send application/json.`, {
    headers: { Accept: "application/json" },
  });
}
