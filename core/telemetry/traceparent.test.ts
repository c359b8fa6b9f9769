import { expect, it } from "vitest";
import { parseTraceparent } from "./traceparent.ts";

const [traceId, spanId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];

it.each([
  ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 1],
  ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", 0],
  [" 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03 ", 3],
  // Of a later version what is known of it.
  ["cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-will-be", 1],
])("%s is read", (text, flags) => {
  expect(parseTraceparent(text)).toEqual({ traceId, spanId, flags });
});

it.each([
  undefined,
  "",
  "no traceparent",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
])("%s is as if absent", (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
