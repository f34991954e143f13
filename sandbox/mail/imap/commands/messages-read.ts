/** FETCH and SEARCH (RFC 9051 6.4.4, 6.4.5; the SEARCH response of RFC 3501 7.2.5). */
import type { CommandFamily, CommandRequest } from "../command.ts";
import { marksSeen, FetchedMessage, fetchValues, readsBody } from "../fetch-response.ts";
import { readFetchItems } from "../fetch-items.ts";
import type { FetchItem } from "../fetch-items.ts";
import { changedFlags } from "../flags.ts";
import { BadCommand, Refusal } from "../refusal.ts";
import { readSearchKeys } from "../search-keys.ts";
import { matches } from "../search-match.ts";
import { inRanges, readSequenceSet } from "../sequence-set.ts";
import type { SequenceRange } from "../sequence-set.ts";
import type { Target } from "../selected-folder.ts";
import type { ImapSession } from "../session.ts";
import { textOf } from "../tokens.ts";
import type { Token } from "../tokens.ts";

export const messageReadCommands: CommandFamily = {
  FETCH: { state: "selected", keepsNumbers: true, run: fetch },
  SEARCH: { state: "selected", keepsNumbers: true, run: search },
};

async function fetch(session: ImapSession, { args, byUid }: CommandRequest): Promise<void> {
  const items = readFetchItems(args.slice(1), byUid);
  for (const target of session.selected.resolve(textOf(args[0]), byUid)) {
    const message = fetched(session, target);
    if (message) {
      if (readsBody(items)) {
        session.store.traffic.bodyHandedOut(session.account.mailboxId, message.row.id, "imap");
      }
      session.send(fetchLine(session, target, message, items));
    }
    await session.drained();
    if (session.ended || session.state !== "selected") return;
  }
}

function fetchLine(
  session: ImapSession,
  target: Target,
  message: FetchedMessage,
  items: FetchItem[],
): string {
  const { selected } = session;
  const seen = message.row.flags.includes("\\Seen");
  if (seen || selected.readOnly || !marksSeen(items)) {
    return `* ${target.sequence} FETCH (${fetchValues(message, items)})`;
  }
  const flags = changedFlags(message.row.flags, "add", ["\\Seen"]);
  session.store.messages.setFlags(selected.folder.id, target.uid, flags, selected);
  message.row.flags = flags;
  const told = items.some((item) => item.kind === "simple" && item.name === "FLAGS");
  const withFlags: FetchItem[] = told ? items : [...items, { kind: "simple", name: "FLAGS" }];
  return `* ${target.sequence} FETCH (${fetchValues(message, withFlags)})`;
}

function fetched(session: ImapSession, target: Target): FetchedMessage | null {
  const { folder } = session.selected;
  const row = session.store.messages.get(folder.id, target.uid);
  if (!row) return null;
  return new FetchedMessage(row, () => session.store.messages.raw(folder.id, target.uid) ?? Buffer.alloc(0));
}

function search(session: ImapSession, { args, byUid }: CommandRequest): void {
  const key = readSearchKeys(withoutCharset(args));
  const { selected } = session;
  const highestUid = selected.all().at(-1)?.uid ?? 0;
  const ranges = new Map<string, SequenceRange[]>();
  const rangesOf = (set: string, setByUid: boolean): SequenceRange[] => {
    const name = `${setByUid ? "uid " : ""}${set}`;
    const known = ranges.get(name) ?? readSequenceSet(set, setByUid ? highestUid : selected.exists);
    ranges.set(name, known);
    return known;
  };
  const found: number[] = [];
  for (const target of selected.all()) {
    const message = fetched(session, target);
    if (!message) continue;
    const inSet = (set: string, setByUid: boolean): boolean =>
      inRanges(rangesOf(set, setByUid), setByUid ? target.uid : target.sequence);
    if (matches(key, message, inSet)) found.push(byUid ? target.uid : target.sequence);
  }
  session.send(["* SEARCH", ...found].join(" "));
}

function withoutCharset(args: readonly Token[]): readonly Token[] {
  const [first] = args;
  if (first?.kind !== "atom" || first.text.toUpperCase() !== "CHARSET") return args;
  const charset = textOf(args[1]).toUpperCase();
  if (charset !== "US-ASCII" && charset !== "UTF-8") {
    throw new Refusal("[BADCHARSET (US-ASCII UTF-8)] The specified charset is not supported.");
  }
  if (args.length < 3) throw new BadCommand();
  return args.slice(2);
}
