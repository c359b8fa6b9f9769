import type { Ended } from "./faults.ts";

/** What the supervisor says of a process that ended, by the signal that a fault has sent to it. */
const expected: { readonly [S in NodeJS.Signals]?: string } = {
  SIGKILL: "was killed by SIGKILL",
  SIGTERM: "exited with code 0",
};

/**
 * Ends of processes that no fault has caused: crashes, or stops that did not go well.
 *
 * @param lines what the supervisor has said
 */
export function unexpectedEnds(lines: readonly string[], ended: readonly Ended[]): readonly string[] {
  const allowed = ended.map(({ name, signal }) => `${name} ${expected[signal]}`);
  return lines.flatMap((line) => {
    const [, end] = /^(\S+ (?:exited with code \d+|was killed by \S+|could not be .*));/.exec(line) ?? [];
    if (end === undefined) return [];
    const index = allowed.indexOf(end);
    if (index === -1) return [end];
    allowed.splice(index, 1);
    return [];
  });
}
