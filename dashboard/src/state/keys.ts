import { go, lastListing } from "./address.ts";

/** Where `/` leads. */
export const searchFieldId = "search";

/** `/` goes to the search, from wherever it is no text. Returns what ends it. */
export function listenToKeys(): () => void {
  const end = new AbortController();
  document.addEventListener("keydown", onKey, { signal: end.signal });
  return () => end.abort();
}

function onKey(event: KeyboardEvent): void {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isText(event.target) || document.querySelector("dialog[open]") !== null) return;
  event.preventDefault();
  if (focusSearch()) return;
  go(lastListing.peek());
  // The list is there when the address has changed and the page has followed.
  window.addEventListener("hashchange", () => requestAnimationFrame(() => requestAnimationFrame(focusSearch)), {
    once: true,
  });
}

function focusSearch(): boolean {
  const field = document.getElementById(searchFieldId);
  field?.focus();
  return field !== null;
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
