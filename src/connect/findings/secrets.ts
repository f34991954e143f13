/**
 * Takes out of a line what could be a secret: evidence is shown to people and kept. Rather too much than too little; a test
 * plants canaries in every form that servers and programs give secrets.
 */

/** More of a line is not even looked at. */
const mostChars = 4_000;
/** What evidence keeps of a line. */
const keptChars = 500;
const gone = "····";

/** Names whose value is a secret, in forms, JSON, headers and programs' output. */
const secretNames = [
  "pass(?:word|wd|phrase)?|pwd|secret|client_?secret|api_?key",
  "(?:refresh|access|id|bearer|auth)_?token|token",
  "client_?assertion|assertion|device_?code|code_?verifier|authorization_?code",
  "set-cookie|cookie|x-api-key|session_?id",
].join("|");
/** Quoted to its end, or up to a blank or mark. */
const value = String.raw`(?:\\?"(?:[^"\\]|\\[^"])*\\?"?|'[^']*'?|[^\s"'&,;<>)\]}]+)`;
const named = new RegExp(
  String.raw`(?<![a-z])(${secretNames})(\\?["']?\s*(?:=>|[=:]|%3d|%3a)\s*)${value}`,
  "gi",
);

/** In their order. */
const forms: [RegExp, string][] = [
  // JWT, and the base64 of a JSON object that is cut short
  [/eyJ[\w-]{5,}(?:\.[\w-]*){0,4}/g, gone],
  // What stands behind a scheme or a SASL mechanism
  [/\b(bearer|basic)\s*[= :]\s*[^\s\p{Cc},;"']{6,}/giu, `$1 ${gone}`],
  [/\b(auth)\s*=\s*[^\s\p{Cc},;]{8,}/giu, `$1=${gone}`],
  [
    /\b((?:authenticate|auth)\s+(?:plain|login|xoauth2|oauthbearer|cram-md5))\s+[A-Za-z0-9+/=]{8,}/gi,
    `$1 ${gone}`,
  ],
  // IMAP LOGIN user password; POP PASS password
  [/\b(login\s+(?:"[^"]{1,200}"|[^\s"]{1,200}@[^\s"]{1,200}))\s+(?:"[^"]*"?|\S+)/gi, `$1 ${gone}`],
  [/^((?:[<>CS]: ?)?pass)\s+\S+/gim, `$1 ${gone}`],
  // scheme://user:password@host
  [/(:\/\/[^\s:/@]{1,200}):[^\s@/]{1,300}@/g, `$1:${gone}@`],
  [named, `$1$2${gone}`],
  // An authorization code: `code=` of an error is a word, or a number
  [
    /\b(code)(["']?\s*(?:[=:]|%3d)\s*["']?)(?:[A-Z0-9]\.[^\s"'&,;]+|(?=[^\s"'&,;]*\d)[^\s"'&,;]{16,})/gi,
    `$1$2${gone}`,
  ],
  // Microsoft's opaque tokens and codes
  [/\b(?:EwB|EwC|EwA)[A-Za-z0-9+/=_-]{8,}/g, gone],
  [/\b(?:M|0|1)\.(?:[A-Z]\w{1,5}_|A[A-Za-z0-9_-])[^\s"'&,;]{6,}/g, gone],
  [/[A-Za-z0-9+/_-]{40,}={0,2}/g, gone],
];

/** The line without secrets, at most 500 characters of it. Linear in its length. */
export function withoutSecrets(line: string): string {
  const short = line.slice(0, mostChars);
  return forms.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), short).slice(0, keptChars);
}
