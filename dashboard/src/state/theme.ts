import { effect, signal } from "@preact/signals";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageName = "orders.theme";
const stored = localStorage.getItem(storageName);

/** Which colours are wanted; `auto` takes those of the system. */
export const theme = signal<Theme>(themes.find((one) => one === stored) ?? "auto");

/** Counts the changes of colours: canvases are drawn anew at each. */
export const repaints = signal(0);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem(storageName, theme.value);
  repaints.value = repaints.peek() + 1;
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  repaints.value += 1;
});
