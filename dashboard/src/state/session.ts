import { signal } from "@preact/signals";

const storageName = "orders.apiKey";

/** The API key, for as long as the tab is open; undefined where none was given. */
export const apiKey = signal(sessionStorage.getItem(storageName) ?? undefined);

/** Whether the API asks for a key: because there was none, or because it knows no such key. */
export const isKeyWanted = signal<"missing" | "refused" | undefined>(undefined);

/** Brings a key with every request from now on. Whether the API knows it, its answers tell. */
export function bringKey(key: string): void {
  sessionStorage.setItem(storageName, key);
  apiKey.value = key;
}

/** The API answers: nothing more is asked of whoever looks. */
export function admit(): void {
  isKeyWanted.value = undefined;
}

export function signOut(): void {
  sessionStorage.removeItem(storageName);
  apiKey.value = undefined;
  isKeyWanted.value = "missing";
}
