/**
 * What crosses between our thread and a parser's: many messages as one text (JSON) and one buffer, which is handed over. To clone
 * them as they are, object by object and buffer by buffer, costs half of what parsing them does.
 */
import type { FetchedMessage } from "../mail-source.ts";
import type { PackedMessage } from "./types.ts";

export type Parsable = Exclude<FetchedMessage["content"], { kind: "unreadable" }>;

/** What a worker is sent (in batches) and what it answers, one reply a job, in order. */
export interface ParseJob {
  id: number;
  content: Parsable;
}
export interface ParseReply {
  id: number;
  message: PackedMessage | null;
  error: string | null;
}

export interface Parcel {
  text: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Where octets stand in a parcel's buffer: start and length. */
type Place = readonly [start: number, length: number];

class Hold {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  add(piece: Uint8Array): Place {
    const start = this.#size;
    this.#pieces.push(piece);
    this.#size += piece.byteLength;
    return [start, piece.byteLength];
  }

  /** With a copy of all pieces, in a buffer of its own. */
  close(contents: unknown): Parcel {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    return { text: JSON.stringify(contents), bytes };
  }
}

const cutter =
  ({ bytes }: Parcel) =>
  ([start, length]: Place): Uint8Array<ArrayBuffer> =>
    bytes.subarray(start, start + length);

type Parts = Extract<Parsable, { kind: "parts" }>["parts"];
type PackedText = Omit<Parts["text"][number], "body"> & { body: Place };
type PackedJob = { id: number } & (
  | { raw: Place }
  | { header: Place; text: PackedText[]; attachments: Parts["attachments"] }
);

/** The octets given are copied: they stay for a second try, and a view into a large buffer does not drag it along. */
export function packJobs(jobs: readonly ParseJob[]): Parcel {
  const hold = new Hold();
  const contents = jobs.map(({ id, content }): PackedJob => {
    if (content.kind === "source") return { id, raw: hold.add(content.raw) };
    const { header, text, attachments } = content.parts;
    const texts = text.map((part) => ({ ...part, body: hold.add(part.body) }));
    return { id, header: hold.add(header), text: texts, attachments };
  });
  return hold.close(contents);
}

/** The jobs' octets are views into the parcel's buffer. */
export function unpackJobs(parcel: Parcel): ParseJob[] {
  const cut = cutter(parcel);
  return (JSON.parse(parcel.text) as PackedJob[]).map((job): ParseJob => {
    if ("raw" in job) return { id: job.id, content: { kind: "source", raw: cut(job.raw) } };
    const text = job.text.map((part) => ({ ...part, body: cut(part.body) }));
    const parts = { header: cut(job.header), text, attachments: job.attachments };
    return { id: job.id, content: { kind: "parts", parts } };
  });
}

interface PackedReply extends Omit<ParseReply, "message"> {
  message:
    | (Omit<PackedMessage, "body" | "searchText"> & { body: Place; hasHtml: boolean; searchText: Place })
    | null;
}

export function packReplies(replies: readonly ParseReply[]): Parcel {
  const hold = new Hold();
  const contents = replies.map(({ id, message, error }): PackedReply => {
    if (message === null) return { id, message, error };
    const { body, searchText, ...rest } = message;
    const places = {
      body: hold.add(body.bytes),
      hasHtml: body.hasHtml,
      searchText: hold.add(searchText),
    };
    return { id, error, message: { ...rest, ...places } };
  });
  return hold.close(contents);
}

/** The replies' octets are views into the parcel's buffer. */
export function unpackReplies(parcel: Parcel): ParseReply[] {
  const cut = cutter(parcel);
  return (JSON.parse(parcel.text) as PackedReply[]).map(({ id, error, message }): ParseReply => {
    if (message === null) return { id, error, message };
    const { body, hasHtml, searchText, ...rest } = message;
    return {
      id,
      error,
      message: { ...rest, body: { bytes: cut(body), hasHtml }, searchText: cut(searchText) },
    };
  });
}
