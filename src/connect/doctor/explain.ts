/**
 * Explain: an error text from any program, and the findings that fit. The doctor's own decision over one observation;
 * nothing is asked of anybody and nothing is kept.
 */
import type { Language } from "../findings/types.ts";
import { wordFinding, type WordedFinding } from "../findings/words.ts";
import { rank } from "./decide.ts";
import { noContext, type AccountKind, type ProbeName } from "./observation.ts";
import { recognisedBy } from "./recognised.ts";
import { areas, type Area } from "./rules.ts";

export const explainSteps = areas;
export const explainKinds = ["personal", "work", "other"] as const satisfies readonly AccountKind[];

export interface ExplainInput {
  text: string;
  /** What was being done; null: not known. */
  step: Area | null;
  kind: AccountKind | null;
  language: Language;
}

export interface Explained {
  code: string;
  /** 0 to 1; 0 for `unknown`. */
  confidence: number;
  title: string;
  /** What to do, the shortest way first, in one line. */
  fix: string;
}

const probeOfArea: Record<Area, ProbeName> = {
  authorize: "authorize",
  token: "refresh",
  imap: "imap_sign_in",
  pop: "pop",
  smtp: "smtp",
  graph: "graph_inbox",
  network: "tcp",
  dns: "dns",
  tls: "tls",
};

const mostFindings = 6;

const probeAt = (step: Area | null): ProbeName => (step === null ? "imap_sign_in" : probeOfArea[step]);

/** The findings that fit, the likeliest first; `unknown` alone when nothing is recognised. Never empty, never throws. */
export function explain({ text, step, kind, language }: ExplainInput): Explained[] {
  const ranked = rank([{ probe: probeAt(step), ok: false, answer: text }], { ...noContext, kind }, step);
  return ranked.slice(0, mostFindings).map(({ code, confidence }) => ({
    code,
    confidence,
    title: titleOf(code, language),
    fix: code === "unknown" ? attemptsAt(step)[language].join(gap(language)) : fixOf(code, language),
  }));
}

/** For the page: the same findings with their cause and their steps one by one. */
export interface ExplainedInDetail extends Explained {
  severity: WordedFinding["severity"];
  cause: string;
  /** Who can mend it; null: not known. */
  who: WordedFinding["who"] | null;
  steps: { text: string; detail: string | null; link: string | null }[];
  /** The part of the text that shows it, secrets removed; null: only the whole does, or nothing. */
  recognisedBy: string | null;
}

/** As `explain`, in detail. */
export function explainInDetail(input: ExplainInput): ExplainedInDetail[] {
  const { text, step, kind, language } = input;
  const findings = explain(input);
  const codes = findings.map(({ code }) => code).filter((code) => code !== "unknown");
  const asked = { probe: probeAt(step), context: { ...noContext, kind }, area: step };
  const parts = recognisedBy({ text, codes, ...asked });
  return findings.map((finding) => {
    const { severity, cause, who } = wordFinding({ code: finding.code, ...bare }, language);
    const isUnknown = finding.code === "unknown";
    return {
      ...finding,
      severity,
      cause,
      who: isUnknown ? null : who,
      steps: isUnknown ? attemptSteps(step, language) : stepsOf(finding.code, language),
      recognisedBy: parts.get(finding.code) ?? null,
    };
  });
}

const bare = { params: {}, evidence: [] };

const titleOf = (code: string, language: Language): string => wordFinding({ code, ...bare }, language).title;

/** Buttons of a page are no steps to somebody who reads a line of text. */
const isForPage = (action: string): boolean => action === "prove_alias" || action === "open_shared";

/** Chinese sentences stand without blanks between them. */
const gap = (language: Language): string => (language === "zh" ? "" : " ");

/** What follows a link without a blank would be taken for a part of it. */
const endsInLink = /https?:\/\/\S+$/u;

const stepsOf = (code: string, language: Language): ExplainedInDetail["steps"] =>
  wordFinding({ code, ...bare }, language)
    .steps.filter(({ action }) => !isForPage(action))
    .map(({ text, detail, link }) => ({ text, detail, link }));

const fixOf = (code: string, language: Language): string =>
  stepsOf(code, language)
    .map(({ text, detail, link }) => sentence([text, detail], link, language))
    .reduce((line, next) => line + (endsInLink.test(line) ? " " : line && gap(language)) + next, "");

/** One step: its words and detail as sentences, its link behind them. */
function sentence(parts: (string | null)[], link: string | null, language: Language): string {
  const stop = language === "zh" ? "。" : ".";
  const words = parts
    .filter((part) => part !== null)
    .map((part) => (/[.!?。！？)）]$/u.test(part) ? part : part + stop))
    .join(gap(language));
  return link === null ? words : `${words} ${link}`;
}

type Attempts = [string, string, string];

const general: Record<Language, Attempts> = {
  en: [
    "Test once more in a few minutes: many refusals pass.",
    "Sign in to the mailbox in a browser and look for a notice there.",
    "Check host, port, encryption and user name against the provider's own page.",
  ],
  zh: [
    "几分钟后再试：许多拒绝是暂时的。",
    "在浏览器登录邮箱，查看有无提示。",
    "对照服务商的说明检查主机、端口、加密方式和用户名。",
  ],
};
const atSignIn: Record<Language, Attempts> = {
  en: [
    "Sign in again in a private window, choosing the account by hand.",
    "Look the number up at https://login.microsoftonline.com/error if the text holds one.",
    "Have whoever runs the app compare client id, secret and redirect address.",
  ],
  zh: [
    "在隐私窗口中重新登录，并手动选择账户。",
    "如果文本中有编号，请在 https://login.microsoftonline.com/error 查询。",
    "请应用的管理者核对客户端 ID、密钥和重定向地址。",
  ],
};
const onTheWay: Record<Language, Attempts> = {
  en: [
    "Check the host name and the port for a typing mistake.",
    "Try from another network: a firewall or proxy may stand between.",
    "Check this machine's clock, DNS and IPv6.",
  ],
  zh: [
    "检查主机名和端口是否写错。",
    "换一个网络再试：中间可能有防火墙或代理。",
    "检查本机的时钟、DNS 和 IPv6。",
  ],
};
const atSending: Record<Language, Attempts> = {
  en: [
    "Send from the account's own address, to yourself.",
    "Check port 587 with STARTTLS or 465 with TLS, and that the server for sending gets a sign-in.",
    "Look whether the account may send by programs, and how much a day.",
  ],
  zh: [
    "用账户自己的地址给自己发一封邮件。",
    "检查 587 端口（STARTTLS）或 465 端口（TLS），并确认发信需要登录。",
    "确认账户允许程序发信以及每日上限。",
  ],
};

const attemptSteps = (step: Area | null, language: Language): ExplainedInDetail["steps"] =>
  attemptsAt(step)[language].map((text) => ({ text, detail: null, link: null }));

/** The three most useful things to try where the cause is not known. */
function attemptsAt(step: Area | null): Record<Language, Attempts> {
  switch (step) {
    case "authorize":
    case "token":
      return atSignIn;
    case "network":
    case "dns":
    case "tls":
      return onTheWay;
    case "smtp":
      return atSending;
    default:
      return general;
  }
}
