/** The API key: taken once from the address (`#key=...`), kept in this browser's storage, never sent in a URL. */

import { signal } from "./signal.ts";

/** Whether whoever is signed in works for the manufacturer; the workbench is for them. */
export const isStaff = signal(false);

const STORAGE_KEY = "bellwether.key";

/** Moves a key from the fragment into storage and cleans the address bar. */
export function adoptKeyFromAddress(): void {
  const match = /[#&]key=([^&]+)/.exec(location.hash);
  if (!match?.[1]) return;
  localStorage.setItem(STORAGE_KEY, decodeURIComponent(match[1]));
  history.replaceState(null, "", location.pathname + location.search);
}

export function storedKey(): string | null {
  return localStorage.getItem(STORAGE_KEY);
}

export function storeKey(key: string): void {
  localStorage.setItem(STORAGE_KEY, key.trim());
}

export function forgetKey(): void {
  localStorage.removeItem(STORAGE_KEY);
}
