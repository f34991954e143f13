/** Puts a finding into words of one language. */
import type { Finding, FindingKind, Language, Step, Text } from "./types.ts";
import { findingKind } from "./catalogue.ts";

export interface WordedFinding {
  code: string;
  severity: FindingKind["severity"];
  title: string;
  cause: string;
  who: FindingKind["who"];
  steps: {
    text: string;
    detail: string | null;
    link: string | null;
    action: NonNullable<Step["action"]> | "none";
  }[];
  meanwhile: string;
  evidence: Finding["evidence"];
}

/** What stands in a parameter's place where it is not known: a pasted error text names no address. */
const unnamed: Record<string, Text> = {
  wanted: { en: "this address", zh: "该地址" },
  signedIn: { en: "another account", zh: "另一个账户" },
  host: { en: "the server", zh: "服务器" },
  redirectUri: { en: "the redirect address", zh: "重定向地址" },
  clientId: { en: "the app", zh: "该应用" },
  tenant: { en: "the tenant in use", zh: "所用的租户" },
  minutes: { en: "several", zh: "若干" },
  name: { en: "the app", zh: "该应用" },
};

/** Fills `{name}`; a parameter that is missing gets its common noun, or is left out: braces are never shown. */
export const fill = (template: Text, language: Language, params: Record<string, string>): string =>
  template[language].replaceAll(
    /\{(\w+)\}/g,
    (_all, name: string) => params[name] ?? unnamed[name]?.[language] ?? "…",
  );

const isOffered = ({ when, unless }: Step, { params }: Finding): boolean => {
  const has = (name: string): boolean => (params[name] ?? "") !== "";
  return (when === undefined || has(when)) && (unless === undefined || !has(unless));
};

/** Title and cause, honest about what could not be told apart. */
export const sayingOf = (
  kind: FindingKind,
  params: Record<string, string>,
): Pick<FindingKind, "title" | "cause"> =>
  kind.orNew !== undefined && params["perhaps"] === "new" ? kind.orNew : kind;

export function wordFinding(finding: Finding, language: Language): WordedFinding {
  const kind = findingKind(finding.code);
  const say = (template: Text): string => fill(template, language, finding.params);
  const { title, cause } = sayingOf(kind, finding.params);
  return {
    code: finding.code,
    severity: kind.severity,
    title: say(title),
    cause: say(cause),
    who: kind.who,
    steps: kind.steps
      .filter((step) => isOffered(step, finding))
      .map((step) => ({
        text: say(step.text),
        detail: step.detail ? say(step.detail) : null,
        link: step.link ?? null,
        action: step.action ?? "none",
      })),
    meanwhile: say(kind.meanwhile),
    evidence: finding.evidence,
  };
}

/** The language of an Accept-Language header (RFC 9110 12.5.4): Chinese when it is named before English. */
export function languageOf(header: string | undefined, chosen: Language | null = null): Language {
  if (chosen) return chosen;
  const first = (header ?? "").split(",").find((part) => /^\s*(zh|en)\b/i.test(part));
  return first !== undefined && /^\s*zh/i.test(first) ? "zh" : "en";
}
