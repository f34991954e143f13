/**
 * The page's texts: typed catalogues, English and 简体中文. Which one: the user's choice, else the browser's.
 * Each language is two chunks: what the inbox says, and what all other screens say, loaded with the first of them; plurals by Intl.PluralRules (`_one`, `_other`), dates and numbers by format.ts.
 */
import { createInstance, type ParseKeys } from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import type { en } from "../i18n/en.ts";
import type { enLater } from "../i18n/en-later.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en & typeof enLater };
  }
}

export type Language = "en" | "zh";
export type TextKey = ParseKeys;
const key = "hitchpost.language";
const i18next = createInstance();
export const languages: Record<Language, string> = { en: "English", zh: "简体中文" };

/** For `lang`: the texts themselves. */
const htmlLang: Record<Language, string> = { en: "en", zh: "zh-CN" };

/** For dates and numbers: English as the browser's region writes it (24 hours in London, 12 in New York). */
export function localeOf(language: Language, wanted: readonly string[]): string {
  if (language === "zh") return htmlLang.zh;
  return wanted.find((tag) => /^en-/iu.test(tag)) ?? "en";
}

/** The first of the wanted languages that there is a catalogue for; English otherwise. */
export function pickLanguage(stored: string | null, wanted: readonly string[]): Language {
  if (stored === "en" || stored === "zh") return stored;
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    if (base === "zh" || base === "en") return base;
  }
  return "en";
}

const namespace = "translation";

async function catalogue(language: Language): Promise<object> {
  return language === "zh" ? (await import("../i18n/zh.ts")).zh : (await import("../i18n/en.ts")).en;
}

async function laterCatalogue(language: Language): Promise<object> {
  return language === "zh"
    ? (await import("../i18n/zh-later.ts")).zhLater
    : (await import("../i18n/en-later.ts")).enLater;
}

/** A screen beside the inbox was asked for: its texts belong to every language from now on. */
let laterWanted = false;
const laterIn = new Set<Language>();

async function addLater(language: Language): Promise<void> {
  if (laterIn.has(language)) return;
  i18next.addResourceBundle(language, namespace, await laterCatalogue(language), true);
  laterIn.add(language);
}

const current = (): Language => (i18next.language === "zh" ? "zh" : "en");

/** Await before any screen but the inbox and the sign-in is shown. */
export async function loadLaterTexts(): Promise<void> {
  laterWanted = true;
  await addLater(current());
}

function storedLanguage(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Loads the language and starts i18next; call once, before the first render. */
export async function startI18n(): Promise<void> {
  const language = pickLanguage(storedLanguage(), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: await catalogue(language) } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = htmlLang[language];
}

/** Changes the language of the page at once and keeps it in this browser. */
export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, namespace)) {
    i18next.addResourceBundle(language, namespace, await catalogue(language));
  }
  if (laterWanted) await addLater(language);
  await i18next.changeLanguage(language);
  if (laterWanted) await addLater(language); // the first such screen was asked for in between
  document.documentElement.lang = htmlLang[language];
  try {
    localStorage.setItem(key, language);
  } catch {
    // Storage is switched off: it holds until the page is left.
  }
}

/** Takes over what the person chose in another browser, unless something else was chosen in this one. */
export async function adoptLanguage(chosen: Language | null): Promise<void> {
  if (chosen !== null && storedLanguage() === null && chosen !== i18next.language)
    await changeLanguage(chosen);
}

/** The texts and the locale, for components. */
export function useTexts() {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === "zh" ? "zh" : "en";
  return { t, language, locale: localeOf(language, navigator.languages) };
}

export type Translate = ReturnType<typeof useTexts>["t"];
