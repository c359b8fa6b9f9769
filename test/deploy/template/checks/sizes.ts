import type { Stack } from "../stack.ts";

/** What a function's zip may weigh, in bytes: about 1.8 MB with its source map. More is a library by mistake. */
const maxBytes = 3_000_000;

/** A function's cold start is its download: none has grown beyond what it needs. */
export function sizes({ functions, zips }: Stack): string[] {
  return Object.keys(functions).flatMap((key) => {
    const bytes = zips[key];
    if (bytes === undefined) return [`${key}: has no zip of its own`];
    return bytes <= maxBytes ? [] : [`${key}: its zip has ${bytes} bytes, over ${maxBytes}`];
  });
}
