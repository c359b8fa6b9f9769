/** Where a caller's own trace has got to. */
export interface RemoteSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

const format = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads the header `traceparent` (W3C Trace Context, section 3.2); one that is not valid is as if absent. */
export function parseTraceparent(text: string | undefined): RemoteSpan | undefined {
  const [, version = "", traceId = "", spanId = "", flags = "", more] = format.exec(text?.trim() ?? "") ?? [];
  const isUnknown = version === "" || version === "ff" || (version === "00" && more !== undefined);
  if (isUnknown || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}
