/**
 * Where the new text of a mail ends and the quoted history begins. There is no standard: these are the marks that
 * Outlook, Gmail, Apple Mail and the Chinese clients leave. When in doubt, the text is shown.
 */

export interface SplitText {
  /** What was written now; the whole when nothing would be left. */
  visible: string;
  /** Quote or signature, from its mark to the end; empty when there is none. */
  quoted: string;
}

/** `-----Original Message-----`, and what QQ, NetEase and Foxmail write. */
const separatorLine =
  /^\s*[-_—─=]{2,}\s*(original (message|appointment|email|mail)|reply message|urspr(ü|ue?)ngliche nachricht|originalnachricht|message (d'|d’)origine|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|原始邮件|原始郵件|原邮件|原文|回复的原邮件|邮件原件|元のメッセージ|original|원본 메시지|원본 메일)\s*[-_—─=]{2,}\s*$/iu;

/** A forwarded mail is news to its reader: nothing from here on is folded. */
const forwardLine =
  /^\s*[-_—─=]*\s*((begin )?forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|message transféré|début du message (transféré|réexpédié)|mensaje reenviado|messaggio inoltrato|转发邮件信息|转发的邮件|轉寄郵件|転送メッセージ|転送されたメッセージ)\s*([-_—─=]{2,}|[:：])\s*$/iu;

/** Every such line ends so: a cheap look before the long pattern. */
const forwardEnd = /[-_—─=:：]\s*$/;

/** The first line of a header block that Outlook and others put above the quote. */
const fromWord = "from|von|de|da|van|från|fra|od|发件人|寄件者|差出人|寄件人|보낸 ?사람|от|lähettäjä";
const headerFrom = new RegExp(`^[\\s>*]*\\*?(?:${fromWord})\\s*[:：]\\*?\\s*\\S`, "iu");
const fromAlone = new RegExp(`^(?:${fromWord})$`, "iu");
const headerNext =
  /^[\s>*]*\*?(sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|date d'envoi|enviado( el)?|para|asunto|fecha|data|assunto|inviato|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|发送时间|发送日期|日期|时间|收件人|抄送|主题|主旨|寄件日期|傳送時間|送信日時|送信日|宛先|件名|보낸 ?날짜|받는 ?사람|제목|дата|кому|тема)\s*[:：]/iu;

/** `On Tue, 3 Mar 2026 at 10:00, Ann <a@x.example> wrote:` in the languages of our users; may run over two or three lines. */
const attribution = new RegExp(
  [
    "^(on|at)\\b.{6,300}\\bwrote\\s*[:：]$",
    "^am\\b.{6,300}\\bschrieb\\b.{0,200}[:：]$",
    "^le\\b.{6,300}\\ba écrit\\s*[:：]$",
    "^el\\b.{6,300}\\bescribió\\s*[:：]$",
    "^em\\b.{6,300}\\bescreveu\\s*[:：]$",
    "^il\\b.{6,300}\\bha scritto\\s*[:：]$",
    "^op\\b.{6,300}\\bschreef\\b.{0,200}[:：]$",
    "^(den|d\\.)?\\b.{6,300}\\bskrev\\b.{0,200}[:：]$",
    "^.{4,300}(写道|寫道|来信|來信)\\s*[:：]$",
    "^(在|于|於)\\s*\\d{4}.{4,300}(写道|寫道)\\s*[:：]?$",
    "^\\d{4}年\\d{1,2}月\\d{1,2}日.{4,300}[>＞)]\\s*[:：]$",
    "^.{6,300}(のメール|を書きました|は書きました|からのメール)\\s*[:：]$",
    "^.{6,300}(작성|님이 작성)\\s*[:：]$",
    "^.{6,300}(пишет|написала?)\\s*[:：]$",
    "^\\d{1,2}\\.\\d{1,2}\\.\\d{4}.{4,300}[>＞)]\\s*[:：]$",
  ].join("|"),
  "iu",
);

/** Every attribution ends so: a cheap look before the long pattern. */
const attributionEnd = /[:：]$|[写寫]道$/u;

const signatureLine = /^-- ?$/;
const outlookRule = /^_{20,}$/;
const quoteLine = /^\s{0,3}[>＞|]/;

/** Splits plain text into what was written and quote with signature. */
export function splitQuotedText(text: string): SplitText {
  const lines = text.split("\n");
  const at = cutAt(lines);
  const visible = lines.slice(0, at).join("\n").trimEnd();
  if (at >= lines.length) return { visible: text.trimEnd(), quoted: "" };
  // Only a quote: somebody forwarded without a word, or answered inside the quote. Shown whole.
  if (visible.trim() === "") return { visible: text.trimEnd(), quoted: "" };
  return { visible, quoted: lines.slice(at).join("\n").trim() };
}

/** Index of the line at which quote or signature begins; the number of lines when there is none. */
function cutAt(lines: string[]): number {
  const next = lookAhead(lines);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trimEnd();
    if (isForwardLine(line)) return lines.length;
    if (separatorLine.test(line.slice(0, 200))) return i;
    if (signatureLine.test(line) && i > 0 && !next.answer(i + 1) && !next.forward(i)) return i;
    if (isHeaderBlock(lines, i)) return i > 0 && outlookRule.test(lines[i - 1]!.trim()) ? i - 1 : i;
    if (isAttribution(lines, i) && !next.answer(i)) return i;
    if (quoteLine.test(line) && next.onlyQuote(i)) return i;
  }
  return lines.length;
}

interface LookAhead {
  /** Nothing but quote and blank lines follows, up to a signature. */
  onlyQuote(from: number): boolean;
  /** Own text stands below quoted lines (inline answers), so that folding would hide it. */
  answer(from: number): boolean;
  /** A forwarded mail follows. */
  forward(from: number): boolean;
}

/** Where the next line of each kind stands, found once from the end. */
function lookAhead(lines: string[]): LookAhead {
  const count = lines.length;
  const own = new Int32Array(count + 2).fill(count);
  const quote = new Int32Array(count + 2).fill(count);
  const signature = new Int32Array(count + 2).fill(count);
  for (let i = count - 1; i >= 0; i--) {
    const line = lines[i]!;
    const isSignature = signatureLine.test(line.trimEnd());
    const isQuote = quoteLine.test(line);
    signature[i] = isSignature ? i : signature[i + 1]!;
    quote[i] = isQuote ? i : quote[i + 1]!;
    own[i] = !isSignature && !isQuote && line.trim() !== "" ? i : own[i + 1]!;
  }
  const forwardAt = lines.findLastIndex(isForwardLine);
  return {
    onlyQuote: (from) => own[from]! >= count || signature[from]! < own[from]!,
    answer: (from) => own[quote[from]!]! < Math.min(count, signature[from]!),
    forward: (from) => forwardAt > from,
  };
}

/** `From:` followed by at least two more header lines within the next six. */
function isHeaderBlock(lines: string[], at: number): boolean {
  const first = lines[at]!.slice(0, 300);
  if (!/[:：]/.test(first) || !headerFrom.test(first)) return false;
  let following = 0;
  for (const line of lines.slice(at + 1, at + 7)) if (headerNext.test(line.slice(0, 300))) following++;
  return following >= 2;
}

/** An attribution in one to three lines, with a quote or (Outlook for the web, Foxmail) anything behind it. */
function isAttribution(lines: string[], at: number): boolean {
  const first = lines[at]!.trim();
  if (first === "" || first.length > 400) return false;
  let joined = "";
  for (let i = at; i < Math.min(at + 3, lines.length); i++) {
    const line = lines[i]!.trim();
    if (line === "") return false;
    joined += joined === "" ? line : ` ${line}`;
    if (!isAttributionLine(joined)) continue;
    const next = lines.slice(i + 1).find((other) => other.trim() !== "");
    return next === undefined || quoteLine.test(next) || /[@＠]|\d{4}/.test(joined);
  }
  return false;
}

/** For HTML: true when these lines (none empty) begin with a separator or a header block. */
export function beginsQuote(lines: string[]): boolean {
  return lines.length > 0 && (separatorLine.test(lines[0]!.slice(0, 200)) || isHeaderBlock(lines, 0));
}

/** True for the word alone: Outlook puts the colon into an element of its own where its language is not that of the mail. */
export const isFromWord = (text: string): boolean => fromAlone.test(text);

/** True for `On … wrote:` in any of the known languages. */
export const isAttributionLine = (line: string): boolean =>
  line.length <= 600 && attributionEnd.test(line) && attribution.test(line);

/** True for the line above a forwarded mail. */
export function isForwardLine(line: string): boolean {
  if (line.length > 400) return false;
  const begin = line.trim().slice(0, 200);
  return forwardEnd.test(begin) && forwardLine.test(begin);
}
