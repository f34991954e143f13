/** Messages over POP3: RETR for the whole (RFC 1939 5), TOP for the header (7). */
import { HitchpostError } from "../../core/errors.ts";
import type { FetchedMessage, RemoteKey } from "../mail-source.ts";
import { bodyStart, firstRaw, readFields } from "../mime/header-block.ts";
import { parseDate } from "../mime/header-values.ts";
import type { ListedMail } from "./listing.ts";
import type { Visit, Visits } from "./visits.ts";

export type FetchWhat = "auto" | "source" | "header";

/** Larger messages are not fetched. */
export const sourceCapBytes = 60 * 1024 * 1024;
const headerCapBytes = 2 * 1024 * 1024;
/** A page of keys is read in one session; a listing of that age still names its numbers. */
const sessionMs = 15 * 60_000;
const atOnce = 20;

/** Yields the messages that the server still has, in the order of `keys`. */
export async function* fetchMessages(
  visits: Visits,
  keys: readonly RemoteKey[],
  what: FetchWhat,
): AsyncGenerator<FetchedMessage> {
  for (let from = 0; from < keys.length; from += atOnce) {
    const group = keys.slice(from, from + atOnce);
    yield* await visits.run(await ageFor(visits, group), (visit) => fetchGroup(visit, group, what));
  }
}

/** A listing in which one of the keys is missing may be too old: another session is begun for it. */
const ageFor = async (visits: Visits, keys: readonly RemoteKey[]): Promise<number> => {
  const known = new Set(visits.recent(sessionMs)?.map(({ uidl }) => uidl));
  return keys.every((key) => known.has(key)) ? sessionMs : 0;
};

async function fetchGroup(
  visit: Visit,
  keys: readonly RemoteKey[],
  what: FetchWhat,
): Promise<FetchedMessage[]> {
  const byUidl = new Map(visit.listing.map((mail) => [mail.uidl, mail]));
  const messages: FetchedMessage[] = [];
  for (const key of keys) {
    const mail = byUidl.get(key);
    if (mail !== undefined) messages.push(await fetchOne(visit, mail, what));
  }
  return messages;
}

async function fetchOne(visit: Visit, mail: ListedMail, what: FetchWhat): Promise<FetchedMessage> {
  if (what === "header") {
    const header = await readHeader(visit, mail);
    return header === null
      ? message(mail, null, { kind: "unreadable", reason: "the server gives no header" })
      : message(mail, header, { kind: "parts", parts: { header, text: [], attachments: [] } });
  }
  if (mail.sizeBytes > sourceCapBytes)
    return message(mail, await readHeader(visit, mail), {
      kind: "unreadable",
      reason: `too large: ${mail.sizeBytes} bytes`,
    });
  const raw = await visit.connection.multiline(`RETR ${mail.n}`, "reading a message", sourceCapBytes * 2);
  if (raw === null) return message(mail, null, { kind: "unreadable", reason: "the server gives no content" });
  return message(mail, raw.subarray(0, bodyStart(raw)), { kind: "source", raw });
}

/** TOP is optional (RFC 1939 7): where it is not offered the whole message is read. */
export async function readHeader({ connection }: Visit, { n }: ListedMail): Promise<Buffer | null> {
  const top = await connection.multiline(`TOP ${n} 0`, "reading a header", headerCapBytes);
  const raw = top ?? (await connection.multiline(`RETR ${n}`, "reading a header", sourceCapBytes * 2));
  return raw === null ? null : raw.subarray(0, bodyStart(raw));
}

const message = (
  { uidl, sizeBytes }: ListedMail,
  header: Buffer | null,
  content: FetchedMessage["content"],
): FetchedMessage => ({
  key: uidl,
  flags: [],
  internalDateMs: header === null ? null : receivedMs(header),
  sizeBytes: content.kind === "source" ? content.raw.byteLength : sizeBytes,
  structureDigest: null,
  content,
});

/** POP3 tells no time of arrival: the last server's Received line does (RFC 5321 4.4); null: there is none. Pure. */
export function receivedMs(header: Uint8Array): number | null {
  const block = Buffer.from(header).toString("latin1");
  const line = /^received:((?:[^\n]|\n[ \t])*)/im.exec(block)?.[1];
  const written = line
    ?.slice(line.lastIndexOf(";") + 1)
    .replaceAll(/\s+/g, " ")
    .trim();
  return written === undefined ? null : parseDate(written);
}

/** By which a range is judged: when it arrived, else when it was written. */
export function dateMs(header: Uint8Array): number | null {
  const written = firstRaw(readFields(header), "date");
  return receivedMs(header) ?? (written === null ? null : parseDate(written));
}

/** @throws message_gone; message_unreadable */
export async function fetchSource(visits: Visits, key: RemoteKey): Promise<Buffer> {
  let found: FetchedMessage | undefined;
  for await (const one of fetchMessages(visits, [key], "source")) found = one;
  if (found === undefined)
    throw new HitchpostError("message_gone", `Message ${key} is no longer on the server.`);
  if (found.content.kind !== "source")
    throw new HitchpostError("message_unreadable", `The server does not give out message ${key}.`);
  return Buffer.from(found.content.raw);
}
