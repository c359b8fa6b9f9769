import { signal } from "@preact/signals";

/** Something that was done, or was not. */
export interface Notice {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
  /** Where more is to be seen. */
  readonly href?: string;
}

/** Good news go by themselves after this, in milliseconds. */
const goodNewsMs = 8_000;

export const notices = signal<readonly Notice[]>([]);

let lastId = 0;

export function notify(tone: Notice["tone"], text: string, href?: string): void {
  const id = ++lastId;
  notices.value = [...notices.value.slice(-2), { id, tone, text, ...(href !== undefined && { href }) }];
  if (tone === "good") setTimeout(() => dismiss(id), goodNewsMs);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
