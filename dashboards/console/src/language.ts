import i18next from "i18next";
import { signal } from "./signal.ts";
import { en, zh } from "./texts.ts";

export type Language = "en" | "zh";
export type TextKey = keyof typeof en;

const STORAGE_KEY = "bellwether.language";

function initialLanguage(): Language {
  const stored = localStorage.getItem(STORAGE_KEY) ?? navigator.language;
  return stored.startsWith("zh") ? "zh" : "en";
}

/** The language of the page; components that read it with `useSignal` render again when it changes. */
export const language = signal<Language>(initialLanguage());

export async function startLanguages(): Promise<void> {
  await i18next.init({
    lng: language.value,
    fallbackLng: "en",
    resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language.value;
}

export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem(STORAGE_KEY, next);
  document.documentElement.lang = next;
  await i18next.changeLanguage(next);
  language.set(next);
}

/** The text for a key in the current language. */
export function t(key: TextKey, values?: Readonly<Record<string, string | number>>): string {
  return i18next.t(key, values ?? {});
}

/** The text for a key the API has named; `otherwise` where the console does not know it yet. */
export function textOr(key: string, otherwise: string): string {
  return i18next.exists(key) ? i18next.t(key) : otherwise;
}

/** The one of two texts that fits the current language. */
export function pick(texts: { en: string; zh: string }): string {
  return language.value === "zh" && texts.zh !== "" ? texts.zh : texts.en;
}

/** The items in the page's language; the English ones where there are no Chinese. */
export function pickList(en: readonly string[], zh: readonly string[]): readonly string[] {
  return language.value === "zh" && zh.length > 0 ? zh : en;
}
