/** Digests by which mails are told apart: over octets as they were fetched, so that they outlive changes of what is made of them. */
import { createHash } from "node:crypto";
import type { FetchedParts, RemotePart } from "../mail-source.ts";
import { canonicalAddress } from "./address.ts";
import { headerDigest } from "./header-block.ts";
import type { ParsedMessage } from "./types.ts";

interface Parts extends Omit<FetchedParts, "attachments"> {
  /** With the octets where the whole source was fetched. */
  attachments: (RemotePart & { body?: Uint8Array })[];
}

/** Both null when only the header was fetched. */
export function digestsOf(
  parts: Parts,
  head: Pick<ParsedMessage, "to" | "cc" | "replyTo" | "inReplyTo" | "references">,
): Pick<ParsedMessage, "contentDigest" | "sourceDigest"> {
  const { header, text, attachments } = parts;
  if (text.length === 0 && attachments.length === 0) return { contentDigest: null, sourceDigest: null };
  const { to, cc, replyTo, inReplyTo, references } = head;
  const people = [to, cc, replyTo].map((list) => list.map(({ address }) => canonicalAddress(address)));
  return {
    contentDigest: digest(JSON.stringify([people, inReplyTo, references]), text),
    // Boundaries, which a server may make anew each time, stand in Content-Type.
    sourceDigest:
      digest(headerDigest(header, /^content-[!-9;-~]*[ \t]*:.*(?:\n[ \t].*)*\n?/gim), [
        ...text,
        ...attachments.map(({ body: _octets, ...described }) => described),
      ]) + filesDigest(attachments),
  };
}

/** Stands behind a point, and only where the octets were fetched: the same mail may come with them or without. */
function filesDigest(attachments: readonly Part[]): string {
  if (attachments.length === 0 || attachments.some(({ body }) => body === undefined)) return "";
  return `.${digest("files", attachments)}`;
}

/** Whether two digests of mails can be of one: of files that were not fetched both times nothing is said. */
export function sameContent(a: string, b: string): boolean {
  const [[text, files], [otherText, otherFiles]] = [a.split("."), b.split(".")];
  return text === otherText && (files === undefined || otherFiles === undefined || files === otherFiles);
}

type Part = RemotePart & { body?: Uint8Array; charset?: string | null };

function digest(head: string, parts: readonly Part[]): string {
  const hash = createHash("sha256").update(head);
  for (const { contentType, charset, filename, contentId, disposition, encoding, body } of parts)
    hash
      .update(
        JSON.stringify([contentType, charset, filename, contentId, disposition, encoding, body?.byteLength]),
      )
      .update(body ?? "");
  return hash.digest("hex").slice(0, 32);
}
