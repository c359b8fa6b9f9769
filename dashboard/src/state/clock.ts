import { signal } from "@preact/signals";

/** The time of this machine, in milliseconds since 1970, each second. */
export const now = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === "visible") now.value = Date.now();
}, 1_000);
