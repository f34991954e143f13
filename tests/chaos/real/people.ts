/** What people here do by the API, by chance: flags, moves, deletions, many at once, replies. The model is told before. */
import { randomUUID } from "node:crypto";
import { mailboxAddress, markIn } from "../mails.ts";
import type { Model } from "../model.ts";
import type { Random } from "../random.ts";
import { Refused, type PatientCall } from "./patient.ts";

export interface People {
  random: Random;
  model: Model;
  call: PatientCall;
  mailboxId: string;
  /** For the story of a failure. */
  note(what: string): void;
  /** Tells the model what was told as new by now. */
  noteTold(): Promise<void>;
  /** Marks that are left alone now. */
  busy: ReadonlySet<string>;
  /** Our id of the reply with the mark. The answer to a call that was made again names a reply that is done by its copy. */
  replyId(mark: string): Promise<string>;
  /** Keeps the marks of replies of parallel runs apart. */
  prefix: string;
}

export const wishes = { flag: 3, "flag many": 1, move: 2, junk: 1, delete: 1, reply: 5 } as const;
export type Wish = keyof typeof wishes;

interface ShownMessage {
  id: string;
  conversationId: string;
  direction: "in" | "out";
  from: { address: string };
  text: string;
  folders: { path: string }[];
}

interface Page<T> {
  items: T[];
}

/** Makes one. @returns false when nothing was there to be changed, or the product refused */
export async function makeWish(people: People, wish: Wish): Promise<boolean> {
  const shown = await shownMessages(people);
  await people.noteTold();
  if (shown.length === 0) return false;
  try {
    await carryOut(people, wish, shown);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status < 500) return false; // it is gone meanwhile
    throw error;
  }
}

/** Of some conversations, the mail that stands in the mailbox now and that the model knows. */
async function shownMessages({ call, model, random }: People): Promise<ShownMessage[]> {
  const { items } = await call<Page<{ id: string }>>("GET", "/v1/conversations?view=all&limit=100");
  if (items.length === 0) return [];
  const some = new Set(Array.from({ length: 5 }, () => random.pick(items).id));
  const lists = await Promise.all(
    [...some].map((id) => call<Page<ShownMessage>>("GET", `/v1/conversations/${id}/messages?limit=100`)),
  );
  return lists
    .flatMap((list) => list.items)
    .filter(({ text, folders }) => folders.length > 0 && model.mails.get(markIn(text) ?? "")?.mail != null);
}

async function carryOut(people: People, wish: Wish, all: ShownMessage[]): Promise<void> {
  const { random, call, busy } = people;
  const shown = all.filter((message) => !busy.has(markOf(message)));
  if (shown.length === 0) return;
  const message = random.pick(shown);
  switch (wish) {
    case "flag":
      return setFlag(people, message);
    case "flag many": {
      const many = shown.filter(() => random.chance(0.6));
      await Promise.all(many.map((one) => setFlag(people, one)));
      return;
    }
    case "move":
      return moveTo(people, shown, random.pick(["INBOX", "Archive"]));
    case "junk":
      return moveTo(people, shown, "Junk");
    case "delete":
      people.note(`people: ${markOf(message)} thrown away`);
      people.model.wantsMove(markOf(message), "Trash");
      await call("DELETE", `/v1/messages/${message.id}`);
      return;
    case "reply":
      return reply(people, message);
  }
}

const markOf = ({ text }: ShownMessage): string => markIn(text) ?? "";

async function setFlag({ random, model, call, note }: People, message: ShownMessage): Promise<void> {
  const [flag, name] = random.pick([
    ["\\Seen", "seen"],
    ["\\Flagged", "flagged"],
  ] as const);
  const on = random.chance(0.6);
  const mark = markOf(message);
  note(`people: ${mark} ${on ? "gets" : "loses"} ${flag}`);
  model.wantsFlag(mark, flag, on);
  await call("PATCH", `/v1/messages/${message.id}`, { [name]: on }).catch((error: unknown) => {
    model.wishes.delete(`${mark} ${flag}`); // refused, or never heard
    throw error;
  });
}

async function moveTo(
  { random, model, call, mailboxId, busy, note }: People,
  shown: ShownMessage[],
  to: string,
): Promise<void> {
  const folders = await call<Page<{ id: string; path: string }>>("GET", `/v1/mailboxes/${mailboxId}/folders`);
  const folder = folders.items.find(({ path }) => path === to);
  const free = shown.filter((one) => !busy.has(markOf(one)));
  if (folder === undefined || free.length === 0) return;
  const message = random.pick(free);
  note(`people: ${markOf(message)} to ${to}`);
  model.wantsMove(markOf(message), to);
  await call("POST", `/v1/messages/${message.id}/move`, { folderId: folder.id });
}

async function reply(
  { model, call, mailboxId, prefix, note, replyId }: People,
  message: ShownMessage,
): Promise<void> {
  if (message.from.address === mailboxAddress) return;
  const mark = `mark-${prefix}r${model.replies.length + 1}`;
  const answers = markOf(message);
  note(`people: ${mark} answers ${answers}`);
  for (const flag of ["\\Answered", "\\Seen"] as const) model.wantsFlag(answers, flag, true); // it is told to the server
  await call(
    "POST",
    `/v1/conversations/${message.conversationId}/replies`,
    { text: `${mark}\nThank you.`, messageId: message.id, mailboxId },
    randomUUID(),
  );
  model.replied({ mark, id: await replyId(mark), answers });
}
