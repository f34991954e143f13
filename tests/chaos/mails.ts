/**
 * The mails of a chaos run. Each bears a mark in its text by which it is known again wherever it turns up; all else of it
 * (Message-ID, From, Date, Subject) is repeated on purpose now and then.
 */
import type { Random } from "./random.ts";

export interface ChaosMail {
  /** `mark-…`, unique to what was written once; the same bytes filed twice share it. */
  mark: string;
  /** With angle brackets. */
  messageId: string;
  from: string;
  subject: string;
  /** Epoch milliseconds of the Date header, whole seconds. */
  dateMs: number;
  /** Message-IDs it refers to. */
  references: string[];
  raw: string;
}

export const mailboxAddress = "support@example.com";
const people = ["ann@example.org", "ben@example.org", "cy@example.net", "di@example.net"];
const topics = ["Order", "Invoice", "Delivery", "Refund", "Broken cup", "发货"];

/** The mark in a text or a raw mail; null when it bears none. */
export const markIn = (text: string): string | null => /\bmark-[a-z0-9]+\b/.exec(text)?.[0] ?? null;

/** A raw mail with quoted-printable and base64 undone well enough to find a mark in it. */
export function plainText(raw: string): string {
  const blocks = raw.match(/(?:^[A-Za-z0-9+/]{20,}={0,2}\r?\n?)+/gm) ?? [];
  return [
    raw.replaceAll(/=\r\n/g, ""),
    ...blocks.map((block) => Buffer.from(block, "base64").toString()),
  ].join("\n");
}

export interface MailMaker {
  /** A new mail: plain, an answer to one of before, a repetition of another's Message-ID, or a twin that differs in its text alone. */
  make(nowMs: number): ChaosMail;
  /** All that were made, and what was learnt. */
  readonly made: readonly ChaosMail[];
  /** A Message-ID that others may answer to: of a reply that left. */
  learn(messageId: string, subject: string): void;
}

/** @param prefix keeps marks and Message-IDs of parallel runs apart */
export function createMailMaker(random: Random, prefix: string): MailMaker {
  const made: ChaosMail[] = [];
  const answerable: { messageId: string; subject: string }[] = [];
  const keep = (mail: Omit<ChaosMail, "raw">, text: string): ChaosMail => {
    const whole = { ...mail, raw: rawOf(mail, text) };
    made.push(whole);
    answerable.push(mail);
    return whole;
  };
  const freshId = (n: number, from: string): string => `<${prefix}.${n}@${from.split("@")[1]}>`;
  return {
    made,
    learn: (messageId, subject) => void answerable.push({ messageId, subject }),
    make(nowMs) {
      const n = made.length + 1;
      const mark = `mark-${prefix}m${n}`;
      const from = random.pick(people);
      const plain = {
        mark,
        messageId: freshId(n, from),
        from,
        subject: `${random.pick(topics)} ${random.int(1, 3)}`,
        dateMs: Math.floor(nowMs / 1000) * 1000,
        references: [],
      };
      const kind = made.length === 0 ? "plain" : random.weighted({ plain: 5, answer: 3, repeat: 1, twin: 1 });
      const other = made.length === 0 ? null : random.pick(made);
      const text = random.chance(0.2) ? "Many words.\r\n".repeat(random.int(5, 200)) : "Good day.";
      if (kind === "answer") {
        const parent = random.pick(answerable);
        const more = random.chance(0.3) ? [random.pick(answerable).messageId] : [];
        return keep(
          {
            ...plain,
            subject: parent.subject.startsWith("Re: ") ? parent.subject : `Re: ${parent.subject}`,
            references: random.chance(0.15) ? [] : [...new Set([...more, parent.messageId])],
          },
          text,
        );
      }
      // Message-ID, or all four parts of the identity, are the sender's to repeat: by mistake or on purpose.
      if (kind === "repeat" && other !== null) return keep({ ...plain, messageId: other.messageId }, text);
      if (kind === "twin" && other !== null) {
        const { messageId, from: author, subject, dateMs, references } = other;
        return keep({ mark, messageId, from: author, subject, dateMs, references }, text);
      }
      return keep(plain, text);
    },
  };
}

function rawOf(mail: Omit<ChaosMail, "raw">, text: string): string {
  const { references } = mail;
  return [
    `Message-ID: ${mail.messageId}`,
    `From: <${mail.from}>`,
    `To: <${mailboxAddress}>`,
    `Subject: ${/^[\x20-\x7e]*$/.test(mail.subject) ? mail.subject : encoded(mail.subject)}`,
    `Date: ${new Date(mail.dateMs).toUTCString().replace("GMT", "+0000")}`,
    ...(references.length > 0
      ? [`In-Reply-To: ${references.at(-1)}`, `References: ${references.join(" ")}`]
      : []),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    mail.mark,
    text,
    "",
  ].join("\r\n");
}

const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;
