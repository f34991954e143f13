/**
 * Files of a draft: small ones in one request, others by an upload session in pieces
 * (learn.microsoft.com/graph/outlook-large-attachments).
 */
import { z } from "zod";
import { withDeadline } from "../../core/deadline.ts";
import { HitchpostError } from "../../core/errors.ts";
import { networkError } from "../net/network-errors.ts";
import { readBody } from "./answer.ts";
import type { GraphClient, GraphFetch } from "./client.ts";
import { messagePath } from "./fetch.ts";
import type { OutgoingFile } from "./outgoing-json.ts";

export interface UploadParts {
  client: GraphClient;
  fetch: GraphFetch;
  signal: AbortSignal | undefined;
}

/** Larger ones go in pieces. */
const smallBytes = 3_000_000;
/** A multiple of 320 KiB below 4 MB. */
export const pieceBytes = 12 * 320 * 1024;
const pieceMs = 120_000;
const mostTries = 3;

/** @throws what the server refuses */
export async function attachFile(parts: UploadParts, draftId: string, file: OutgoingFile): Promise<void> {
  const { name, contentType, content, isInline, contentId } = file;
  const about = { name, contentType, isInline, ...(contentId !== null && { contentId }) };
  const request = {
    method: "POST",
    what: "attaching a file",
    subject: "message",
    urgency: "urgent",
    requestMs: pieceMs,
    ...(parts.signal !== undefined && { signal: parts.signal }),
  } as const;
  if (content.byteLength < smallBytes) {
    const json = {
      "@odata.type": "#microsoft.graph.fileAttachment",
      ...about,
      contentBytes: Buffer.from(content).toString("base64"),
    };
    await parts.client.send({ ...request, path: `${messagePath(draftId)}/attachments`, json });
    return;
  }
  const { uploadUrl } = await parts.client.json(z.object({ uploadUrl: z.string().min(1) }), {
    ...request,
    path: `${messagePath(draftId)}/attachments/createUploadSession`,
    json: { AttachmentItem: { attachmentType: "file", size: content.byteLength, ...about } },
  });
  await sendPieces(parts, uploadTarget(parts.client.base, uploadUrl), content);
}

/** The session is at another host than Graph, and its address is the permission. @throws protocol_error when it is not encrypted */
function uploadTarget(base: string, written: string): string {
  const url = URL.parse(written);
  if (url === null || (url.protocol !== "https:" && url.origin !== new URL(base).origin))
    throw new HitchpostError("protocol_error", "Graph named an unsafe address for an attachment.", {
      details: { reason: "upload" },
    });
  return url.href;
}

async function sendPieces(parts: UploadParts, url: string, content: Uint8Array): Promise<void> {
  let failures = 0;
  for (let from = 0; from < content.byteLength;) {
    const piece = content.subarray(from, from + pieceBytes);
    const status = await putPiece(parts, url, piece, from, content.byteLength);
    if (status < 300) {
      from += piece.byteLength;
      failures = 0;
      continue;
    }
    failures += 1;
    if (status < 429 || failures >= mostTries)
      throw new HitchpostError("connection_lost", "Graph did not take a piece of an attachment.", {
        details: { response: String(status), reason: "upload" },
      });
    await parts.client.clock.sleep(failures * 2_000, parts.signal);
  }
}

/** Without Authorization: the address itself is the permission, and with a token it is refused. */
async function putPiece(
  { client, fetch, signal }: UploadParts,
  url: string,
  piece: Uint8Array,
  from: number,
  total: number,
): Promise<number> {
  const headers = {
    "content-type": "application/octet-stream",
    "content-range": `bytes ${from}-${from + piece.byteLength - 1}/${total}`,
  };
  const put = async (inner: AbortSignal): Promise<number> => {
    const response = await fetch(url, {
      method: "PUT",
      headers,
      body: piece as BodyInit,
      redirect: "manual",
      signal: inner,
    });
    await readBody(response, 1024 * 1024, "attaching a file");
    return response.status;
  };
  try {
    return await client.limiter.run(
      "urgent",
      1,
      () => withDeadline(pieceMs, "Attaching a file", put, signal),
      signal,
    );
  } catch (error) {
    if (error instanceof HitchpostError) throw error;
    throw networkError((error as { cause?: unknown }).cause ?? error, new URL(url).host);
  }
}
