/** A reply as it is being written: where it begins, what is kept as a draft, what is sent. Pure. */
import type { Draft, MailAddress, Message, ReplyInput, ReplyTargets } from "../api/gen/model/index.ts";

export type ReplyMode = "sender" | "everybody";

export interface AttachedFile {
  /** The upload's id on the server. */
  id: string;
  filename: string;
  sizeBytes: number;
}

export interface ReplyState {
  mode: ReplyMode;
  to: readonly MailAddress[];
  cc: readonly MailAddress[];
  bcc: readonly MailAddress[];
  html: string;
  files: readonly AttachedFile[];
  /** The answered message is added below. */
  quote: boolean;
}

export function freshReply(targets: ReplyTargets, mode: ReplyMode): ReplyState {
  const { to, cc } = mode === "everybody" ? targets.everybody : targets.sender;
  return { mode, to, cc, bcc: [], html: "", files: [], quote: true };
}

/** Answering everybody makes a difference only when there is somebody else. */
export const hasOthers = ({ sender, everybody }: ReplyTargets): boolean =>
  everybody.to.length + everybody.cc.length > sender.to.length + sender.cc.length;

export const fromDraft = (draft: Draft): ReplyState => ({
  mode: draft.all ? "everybody" : "sender",
  to: draft.to,
  cc: draft.cc,
  bcc: draft.bcc,
  html: draft.html,
  files: draft.uploads,
  quote: true,
});

export const toDraft = (state: ReplyState): Draft => ({
  html: state.html,
  to: [...state.to],
  cc: [...state.cc],
  bcc: [...state.bcc],
  uploads: state.files.map(({ id, filename, sizeBytes }) => ({ id, filename, sizeBytes })),
  all: state.mode === "everybody",
});

/** Other recipients, the text kept: `a` pressed while a reply is being written. */
export const withMode = (state: ReplyState, targets: ReplyTargets, mode: ReplyMode): ReplyState => ({
  ...freshReply(targets, mode),
  html: state.html,
  files: state.files,
  quote: state.quote,
});

/** What was typed before the editor was there, as paragraphs below what it begins with. */
export function withEarlyText(state: ReplyState, text: string): ReplyState {
  if (text.trim() === "") return state;
  const paragraphs = text
    .replace(/[&<>]/gu, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign)
    .split("\n")
    .map((line) => `<p>${line}</p>`)
    .join("");
  return { ...state, html: isEmptyHtml(state.html) ? paragraphs : state.html + paragraphs };
}

/** The latest message that was not there when the reply was begun. */
export const newestBeside = <One extends Pick<Message, "id" | "goneAt">>(
  messages: readonly One[],
  known: ReadonlySet<string>,
): One | undefined => messages.findLast((message) => !known.has(message.id) && message.goneAt === null);

/** An editor's empty document is `<p></p>`. */
export const isEmptyHtml = (html: string): boolean =>
  !/<(img|hr)\b/u.test(html) && html.replace(/<[^>]*>|&nbsp;|\s/gu, "") === "";

export const isBlank = (state: ReplyState): boolean => isEmptyHtml(state.html) && state.files.length === 0;

export type ReplyProblem = "noOne" | "empty";

export function replyProblem(state: ReplyState): ReplyProblem | null {
  if (state.to.length + state.cc.length + state.bcc.length === 0) return "noOne";
  return isBlank(state) ? "empty" : null;
}

const addresses = (people: readonly MailAddress[]): string[] => people.map((person) => person.address);

/** The address that the server's word about a field means: `to.1` is the second of To. */
export function namedAddress(state: ReplyState, field: string | undefined): string | undefined {
  const [, list, index] = /^(to|cc|bcc)\.(\d+)$/u.exec(field ?? "") ?? [];
  return list === undefined ? undefined : state[list as "to" | "cc" | "bcc"][Number(index)]?.address;
}

/** What is sent: the recipients always named, so that it goes to exactly those on screen. */
export function replyBody(
  state: ReplyState,
  targets: Pick<ReplyTargets, "messageId" | "mailboxId">,
  close: boolean,
): ReplyInput {
  return {
    html: isEmptyHtml(state.html) ? "<p></p>" : state.html,
    to: addresses(state.to),
    cc: addresses(state.cc),
    bcc: addresses(state.bcc),
    quote: state.quote,
    messageId: targets.messageId,
    mailboxId: targets.mailboxId,
    uploads: state.files.map((file) => file.id),
    close,
  };
}
