/**
 * What an identity endpoint answered to a question without a user. Read from JSON (RFC 6749 5.2), from the address it sent
 * the browser back to (4.1.2.1), or from an error page, whose words stand in the page's own script. Pure.
 */

export type AppProbe =
  | "discovery"
  /** Authorization request with prompt=none. */
  | "authorize"
  /** Token request with a code that nobody gave out. */
  | "code"
  /** Token request of the app itself, client_credentials. */
  | "credentials"
  /** Device code request. */
  | "device"
  /** Asks for the device code's token once. */
  | "device_poll"
  /** Authorization request at /consumers: personal accounts. */
  | "consumers"
  | "public_url";

export interface AppAnswer {
  probe: AppProbe;
  /** Epoch milliseconds, when it came. */
  at: number;
  host: string;
  /** null: no answer at all. */
  status: number | null;
  /** `ok`: it was granted. `refused`: with an error. `page`: a page without a known error. `silent`: no answer. */
  outcome: "ok" | "refused" | "page" | "silent";
  /** RFC 6749 error; empty when none is told. */
  error: string;
  /** AADSTS numbers, in the order of their appearance. */
  numbers: number[];
  /** One line of evidence: the server's words without trace ids. */
  line: string;
  /** The browser was sent back to our redirect address. */
  cameBack: boolean;
  /** The answer's Date (RFC 9110 6.6.1), epoch milliseconds; null when there is none. */
  dateMs: number | null;
}

export interface RawAnswer {
  status: number;
  /** Where it sends the browser; null when it stays. */
  location: string | null;
  contentType: string;
  date: string | null;
  body: string;
}

const maxLine = 300;

/** Microsoft's own error pages carry the number in a script's data, not always behind the word AADSTS. */
const numberPattern = /AADSTS(\d{4,9})|"(?:sErrorCode|iErrorCode|error_code)"\s*:\s*"?(\d{4,9})/g;

export const numbersOf = (text: string): number[] => [
  ...new Set([...text.matchAll(numberPattern)].map(([, a, b]) => Number(a ?? b))),
];

/** Trace ids and times say nothing to a person, and make two equal answers look different. */
const sentenceOf = (text: string): string =>
  (text.split(/\s*(?:Trace ID|Correlation ID|Timestamp):/i)[0] ?? "").replaceAll(/\s+/g, " ").trim();

const text = (value: unknown): string => (typeof value === "string" ? value : "");

interface Told {
  error: string;
  description: string;
  numbers: number[];
  ok: boolean;
}

function fromJson(body: string, status: number): Told | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null; // a page: read as such
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  const answer = parsed as Record<string, unknown>;
  const description = text(answer["error_description"]);
  const codes = Array.isArray(answer["error_codes"]) ? answer["error_codes"] : [];
  const numbers = [...codes.filter((code) => typeof code === "number"), ...numbersOf(description)];
  const error = text(answer["error"]);
  return { error, description, numbers: [...new Set(numbers)], ok: error === "" && status < 300 };
}

/** Errors that a page tells in words (login.live.com): the name, then the sentence. */
const pageErrors =
  /\b(unauthorized_client|invalid_request|invalid_client|invalid_scope)\b[:\s]+([^<"\\]{10,300})/;

const unescaped = (page: string): string =>
  page
    .replaceAll("&#39;", "'")
    .replaceAll(/&quot;|\\u0022/g, '"')
    .replaceAll("&amp;", "&")
    .replaceAll("\\u0027", "'");

function fromPage(body: string): Told {
  const page = unescaped(body);
  const said = /AADSTS\d{4,9}:[^<"\\]{5,300}/.exec(page)?.[0] ?? "";
  const [whole = "", error = ""] = pageErrors.exec(page) ?? [];
  const numbers = numbersOf(page);
  return { error, description: said === "" ? whole : said, numbers, ok: false };
}

function fromQuery(query: URLSearchParams): Told {
  const description = query.get("error_description") ?? "";
  const error = query.get("error") ?? "";
  return { error, description, numbers: numbersOf(description), ok: error === "" && query.has("code") };
}

/** Reads an answer. @param redirectUri where an authorization response goes */
export function readAnswer(
  probe: AppProbe,
  raw: RawAnswer,
  { host, at, redirectUri }: { host: string; at: number; redirectUri: string },
): AppAnswer {
  const target = raw.location === null ? null : URL.parse(raw.location);
  const cameBack = target !== null && `${target.origin}${target.pathname}` === redirectUri;
  const told = cameBack
    ? fromQuery(target.searchParams)
    : (fromJson(raw.body, raw.status) ?? fromPage(raw.body));
  const date = raw.date === null ? Number.NaN : Date.parse(raw.date);
  const refused =
    told.error !== "" || told.numbers.length > 0 || (raw.status >= 400 && raw.contentType.includes("json"));
  const words = sentenceOf(told.description);
  return {
    probe,
    at,
    host,
    status: raw.status,
    outcome: told.ok ? "ok" : refused ? "refused" : "page",
    error: told.error,
    numbers: told.numbers,
    line: lineOf(raw, told.error, words).slice(0, maxLine),
    cameBack,
    dateMs: Number.isNaN(date) ? null : date,
  };
}

function lineOf(raw: RawAnswer, error: string, words: string): string {
  if (words !== "") return error === "" || words.startsWith(error) ? words : `${error}: ${words}`;
  if (error !== "") return error;
  const type = raw.contentType.split(";")[0] ?? "";
  return `HTTP ${raw.status}${type === "" ? "" : ` (${type})`}`;
}

/** No answer came. @param reason in the system's words */
export const silentAnswer = (
  probe: AppProbe,
  reason: string,
  { host, at }: { host: string; at: number },
): AppAnswer => ({
  probe,
  at,
  host,
  status: null,
  outcome: "silent",
  error: "",
  numbers: [],
  line: reason.slice(0, maxLine),
  cameBack: false,
  dateMs: null,
});
