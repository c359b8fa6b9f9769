import { moment, relative } from "../format.ts";
import { systemNow } from "../state/clock.ts";

/** A time as it is from now, with the whole of it for who points at it. */
export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={moment(at)}>
      {relative(Date.parse(at), systemNow.value)}
    </time>
  );
}
