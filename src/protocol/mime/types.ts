/** What the parser makes of a message. Everything here is data of the sender: bounded, NUL-free, never trusted. */
import type { PackedBody } from "./packed-body.ts";

export interface MailAddress {
  /** Display name, decoded; empty when there is none. */
  name: string;
  /** addr-spec as written; may be malformed. */
  address: string;
}

export type ParseFlag =
  | "no_headers"
  | "headers_truncated"
  | "too_deep"
  | "bad_charset"
  | "body_truncated"
  | "bad_date"
  | "nul_removed"
  | "parse_failed"
  | "unreadable"
  | "too_large";

export interface ParsedAttachment {
  /** 1, 2, …: the number in `/v1/messages/{id}/attachments/{n}`. */
  n: number;
  /** IMAP part path where it can be fetched alone; null when only the whole source has it. */
  partPath: string | null;
  filename: string | null;
  /** As the sender wrote it; never sent to a browser as such. */
  contentType: string;
  /** Decoded size in octets, estimated when it was not fetched: corrected when it first is. */
  sizeBytes: number;
  /** Without angle brackets, as `cid:` names it. */
  contentId: string | null;
  disposition: "attachment" | "inline";
  /** Transfer encoding, to decode it when it is fetched alone. */
  encoding: string;
}

export interface ParsedMessage {
  /** With angle brackets, without white space, ≤ 2 KB: the key by which messages refer to each other. Null when there is none. */
  messageId: string | null;
  /** The same as its header has it; null when there is none. */
  writtenMessageId: string | null;
  inReplyTo: string[];
  references: string[];
  /** X-Microsoft-Original-Message-ID. */
  originalMessageId: string | null;
  subject: string;
  from: MailAddress | null;
  sender: MailAddress | null;
  replyTo: MailAddress[];
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  /** Date header, epoch milliseconds; null when missing or unreadable. */
  dateMs: number | null;
  /** Plain text: the text part, or made from the HTML. Complete, with quotes. */
  text: string;
  /** Unsanitised HTML; null for plain mails. */
  html: string | null;
  /** First words without quotes and signature, one line, ≤ 200 characters. */
  snippet: string;
  /** Words for the index: subject, people, visible text; ≤ 100 KB. Chinese, Japanese, Thai already cut. */
  searchText: string;
  attachments: ParsedAttachment[];
  /** Machine mail: Auto-Submitted, List-Id, Precedence, a null return path, noreply senders. */
  automatic: boolean;
  /** multipart/report with delivery-status. */
  bounce: boolean;
  /** SHA-256 hex of the raw header block: identity for mails without Message-ID. */
  headerDigest: string;
  /** SHA-256 hex (first 32 digits) of the text parts' octets, recipients and references. Null when only the header was fetched. */
  contentDigest: string | null;
  /** The same of the whole header, and behind a point that of the files, where they were fetched: `sameContent` compares. */
  sourceDigest: string | null;
  /** SHA-256 hex (first 32 digits) of the visible text with white space folded: recognises Sent copies. */
  textDigest: string;
  /** Languages, quotes and so on are decided when shown. */
  flags: ParseFlag[];
}

/** A parsed message on its way to the database: what is long in it as the octets that are stored. */
export interface PackedMessage extends Omit<ParsedMessage, "text" | "html" | "searchText"> {
  body: PackedBody;
  /** UTF-8. */
  searchText: Uint8Array;
}
