/**
 * What BODYSTRUCTURE (RFC 9051 7.5.2) tells: the leaves of a message, which of them are its text, and a digest by which
 * the same message is known in another folder. Pure.
 */
import { createHash } from "node:crypto";
import type { MessageStructureObject } from "imapflow";
import type { RemotePart } from "../mail-source.ts";
import { TextBudget } from "../mime/text-budget.ts";

export interface StructurePart extends RemotePart {
  charset: string | null;
  /** Path of the outermost multipart/alternative around it, "" for the root, null: none. */
  alternative: string | null;
  flowed: boolean;
  delSp: boolean;
}

const nulFree = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text.replaceAll("\0", "");

const isYes = (value: string | undefined, yes: string): boolean => value?.toLowerCase() === yes;

function part(node: MessageStructureObject, alternative: string | null): StructurePart {
  const disposition = node.disposition?.toLowerCase();
  return {
    partPath: node.part ?? "1", // RFC 9051 6.4.5.1: the body of a message that is not multipart is part 1
    contentType: node.type.toLowerCase(),
    filename: nulFree(node.dispositionParameters?.["filename"] ?? node.parameters?.["name"]),
    contentId: nulFree(node.id),
    disposition: disposition === "attachment" || disposition === "inline" ? disposition : null,
    encoding: (node.encoding ?? "7bit").toLowerCase(),
    sizeBytes: node.size ?? 0,
    charset: nulFree(node.parameters?.["charset"]),
    alternative,
    flowed: isYes(node.parameters?.["format"], "flowed"),
    delSp: isYes(node.parameters?.["delsp"], "yes"),
  };
}

/** The parts that are not multipart, in order; an embedded message is one leaf. */
export function leavesOf(structure: MessageStructureObject): StructurePart[] {
  const leaves: StructurePart[] = [];
  const open: { node: MessageStructureObject; alternative: string | null }[] = [
    { node: structure, alternative: null },
  ];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { node, alternative } = next;
    if (!node.type.startsWith("multipart/")) {
      leaves.push(part(node, alternative));
      continue;
    }
    const around = alternative ?? (node.type === "multipart/alternative" ? (node.part ?? "") : null);
    open.unshift(...(node.childNodes ?? []).map((child) => ({ node: child, alternative: around })));
  }
  return leaves;
}

export interface SplitParts {
  text: StructurePart[];
  attachments: StructurePart[];
}

/** The parts to read (inline text/plain and text/html, a named one only as body or alternative: as mime/structure.ts has it) and those only to describe. */
export function splitParts(leaves: StructurePart[]): SplitParts {
  const text: StructurePart[] = [];
  const attachments: StructurePart[] = [];
  const budget = new TextBudget();
  for (const leaf of leaves) {
    const readable =
      /^text\/(plain|html)$/.test(leaf.contentType) &&
      leaf.disposition !== "attachment" &&
      (leaf.filename === null || leaf.alternative !== null || leaf.partPath === "1");
    const isText = readable && budget.takes(leaf.sizeBytes);
    if (isText) text.push(leaf);
    if (!isText || (leaf.filename !== null && leaf.alternative === null)) attachments.push(leaf);
  }
  return { text, attachments };
}

/** SHA-256 hex over type, size, name and encoding of each leaf. */
export function structureDigest(leaves: StructurePart[]): string {
  const hash = createHash("sha256");
  for (const leaf of leaves)
    hash.update(JSON.stringify([leaf.contentType, leaf.sizeBytes, leaf.filename, leaf.encoding]));
  return hash.digest("hex");
}
