/** From an answer's words to its signs: what each rule finds, with how sure it is. Pure, linear, never throws. */
import { readText, type AnswerText } from "./answer-text.ts";
import { mailRules } from "./rules-mail.ts";
import { networkRules } from "./rules-network.ts";
import { oauthRules } from "./rules-oauth.ts";
import { tlsRules } from "./rules-tls.ts";
import { providerRules } from "./rules-providers.ts";
import { aadstsNumbers, findingOfAadsts } from "./rules-aadsts.ts";
import type { Area, Rule, Sign } from "./rules.ts";

const rules: readonly Rule[] = [...oauthRules, ...providerRules, ...mailRules, ...networkRules, ...tlsRules];

export interface FoundSign {
  sign: Sign;
  sure: number;
}

export interface Reading {
  text: AnswerText;
  /** Each sign once, the surest first. */
  signs: FoundSign[];
  /** An AADSTS number that we have no finding for. */
  unknownNumber: number | null;
}

/** Asked about in another area than a rule is for, its words count for less. */
const elsewhere = 0.75;
/** A number beats every word beside it. */
const numberSure = 0.97;

const says = ({ phrases, patterns }: Rule, { plain, squeezed }: AnswerText): boolean =>
  phrases.some((phrase) => squeezed.includes(phrase)) || patterns.some((pattern) => pattern.test(plain));

/** Words of a page that stands in a service's place: no JSON was due on the page of a mail server or a token endpoint. */
const pageSign: FoundSign = { sign: "proxy_in_the_way", sure: 0.85 };

/**
 * @param answer as it came, of any length
 * @param area where it was met; null: not known
 */
export function readAnswer(answer: string, area: Area | null = null): Reading {
  const text = readText(answer);
  const surest = new Map<Sign, number>();
  const note = (sign: Sign, sure: number): void => {
    surest.set(sign, Math.max(sure, surest.get(sign) ?? 0));
  };
  const numbers = aadstsNumbers(text.plain);
  for (const number of numbers) {
    const finding = findingOfAadsts(number);
    if (finding !== null) note(finding, numberSure);
  }
  for (const rule of rules) {
    if (!says(rule, text)) continue;
    const fits = rule.areas.length === 0 || area === null || rule.areas.includes(area);
    note(rule.sign, rule.sure * (fits ? 1 : elsewhere));
  }
  if (text.isPage && numbers.length === 0) note(pageSign.sign, pageSign.sure);
  const signs = [...surest].map(([sign, sure]) => ({ sign, sure })).toSorted((a, b) => b.sure - a.sure);
  const unknownNumber =
    numbers.find((number) => findingOfAadsts(number) === null && number !== 70_000) ?? null;
  return { text, signs, unknownNumber };
}
