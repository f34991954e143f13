/**
 * Upload sessions for attachments from 3 to 150 MB. The address of a session opens it by itself: the chunks come without
 * an Authorization header, in order, each smaller than 4 MB. https://learn.microsoft.com/graph/outlook-large-attachments
 */
import { randomBytes } from "node:crypto";
import type { GraphAnswer, GraphContext, OpenMailbox } from "./call.ts";
import { attachmentResource } from "./attachments.ts";
import { readDraft } from "./draft-message.ts";
import type { DraftFile } from "./draft-message.ts";
import { findDraft, rewriteDraft } from "./drafts.ts";
import { badRequest, GraphError, itemNotFound, throttled } from "./errors.ts";
import { viewOf } from "./find-message.ts";
import { messageId } from "./ids.ts";
import { isObject, member, readObject, textMember } from "./json.ts";

const smallestFileBytes = 3 * 1024 * 1024;
const largestFileBytes = 150 * 1024 * 1024;
const lifeMs = 7 * 24 * 3_600_000;

type Session = {
  mailbox: OpenMailbox;
  /** The draft's immutable id. */
  draft: string;
  file: Omit<DraftFile, "bytes">;
  size: number;
  chunks: Buffer[];
  received: number;
  expiresAt: number;
};

export class Uploads {
  readonly #sessions = new Map<string, Session>();

  open(session: Session): string {
    const token = randomBytes(24).toString("base64url");
    this.#sessions.set(token, session);
    return token;
  }

  /** @throws GraphError ErrorItemNotFound when it is over */
  find(token: string, now: number): Session {
    const session = this.#sessions.get(token);
    if (!session || session.expiresAt <= now) throw itemNotFound();
    return session;
  }

  close(token: string): void {
    this.#sessions.delete(token);
  }
}

export function createUploadSession(mailbox: OpenMailbox, [id = ""]: string[]): GraphAnswer {
  const json = member(readObject(mailbox.call.body), "AttachmentItem") ?? null;
  const wanted = isObject(json) ? json : {};
  const name = textMember(wanted, "name");
  const size = member(wanted, "size");
  if (name === null || typeof size !== "number")
    throw badRequest("The AttachmentItem needs a name and a size.");
  if (size < smallestFileBytes) {
    throw new GraphError(
      400,
      "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
      "Attachment size must be greater than the minimum size.",
    );
  }
  if (size > largestFileBytes) {
    throw new GraphError(413, "ErrorAttachmentSizeLimitExceeded", "The attachment is larger than 150 MB.");
  }
  const item = findDraft(mailbox, id);
  const { context } = mailbox;
  const isInline = member(wanted, "isInline") === true;
  const contentType = textMember(wanted, "contentType") ?? "application/octet-stream";
  const expiresAt = context.now() + lifeMs;
  const token = context.uploads.open({
    mailbox,
    draft: messageId(item, true),
    file: { name, contentType, contentId: isInline ? (textMember(wanted, "contentId") ?? name) : null },
    size,
    chunks: [],
    received: 0,
    expiresAt,
  });
  const way = `Users('${encodeURIComponent(mailbox.owner.address)}')/Messages('${id}')/AttachmentSessions('1')`;
  return {
    status: 201,
    body: {
      "@odata.context": `${context.graphUrl}/v1.0/$metadata#microsoft.graph.uploadSession`,
      uploadUrl: `${context.graphUrl}/api/v2.0/${way}?authtoken=${token}`,
      expirationDateTime: new Date(expiresAt).toISOString(),
      nextExpectedRanges: ["0-"],
    },
  };
}

export type UploadCall = {
  method: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Buffer;
};

/** Answers at the address of a session. @throws GraphError */
export function answerUpload(context: GraphContext, call: UploadCall): GraphAnswer {
  if (call.headers["authorization"] !== undefined) {
    throw new GraphError(
      401,
      "InvalidAudienceForResource",
      "The audience claim value is invalid for current resource. Audience claim is 'https://graph.microsoft.com'.",
    );
  }
  const token = call.query.get("authtoken") ?? "";
  const session = context.uploads.find(token, context.now());
  if (call.method === "DELETE") {
    context.uploads.close(token);
    return { status: 204 };
  }
  if (call.method === "GET") return expected(session);
  if (call.method !== "PUT") throw badRequest("Specified HTTP method is not allowed for the request target.");
  take(context, session, call);
  if (session.received < session.size) return expected(session);
  context.uploads.close(token);
  return finish(session);
}

const expected = (session: Session): GraphAnswer => ({
  status: 200,
  body: {
    expirationDateTime: new Date(session.expiresAt).toISOString(),
    nextExpectedRanges: [String(session.received)],
  },
});

function take(context: GraphContext, session: Session, { headers, body }: UploadCall): void {
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "");
  if (!range) throw badRequest("The Content-Range header is missing or malformed.");
  const [, first, last, total] = range.map(Number);
  if (total !== session.size || (last ?? 0) - (first ?? 0) + 1 !== body.length) {
    throw badRequest("The Content-Range header does not match the content or the size of the attachment.");
  }
  if (first !== session.received) {
    throw new GraphError(416, "ErrorInvalidRange", "The range is not the one expected next.");
  }
  if (context.faults.strikes(session.mailbox.mailboxId, "throttled")) {
    throw throttled("Application is over its MailboxConcurrency limit.", 1);
  }
  const leave = context.limits.enter(session.mailbox.mailboxId, body.length, () => undefined);
  session.chunks.push(body);
  session.received += body.length;
  leave();
}

function finish({ mailbox, draft: id, file, chunks }: Session): GraphAnswer {
  const item = findDraft(mailbox, id);
  const { store, graphUrl } = mailbox.context;
  const draft = readDraft(store.messages.raw(item.folderId, item.uid) ?? Buffer.alloc(0));
  const files = [...draft.files, { ...file, bytes: Buffer.concat(chunks) }];
  const view = viewOf(mailbox, rewriteDraft(mailbox, item, { ...draft, files }));
  const shown = attachmentResource(view, view.content.attachments.length - 1, {
    select: [],
    withBytes: false,
  });
  const way = `Users('${encodeURIComponent(mailbox.owner.address)}')/Messages('${view.id}')`;
  const location = `${graphUrl}/api/v2.0/${way}/Attachments('${String(Reflect.get(shown, "id"))}')`;
  return { status: 201, headers: { location } };
}
