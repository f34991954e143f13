/**
 * MailSender over Microsoft Graph: a draft, then `/send`, so that the id and the Message-ID of the Sent copy are known
 * (learn.microsoft.com/graph/outlook-immutable-id: with immutable ids the copy keeps the draft's).
 *
 *   gate "data" → draft from MIME, or from JSON with its files → gate "dot" → POST …/send → 202
 *
 * Until `/send` is asked a failure is certain: the message did not leave, and the draft is taken away again. MIME loses a
 * From that is not the mailbox's own and ends at 4 MB, so that such mail goes as JSON. Where drafts are not permitted
 * (Mail.Send alone), sendMail takes the MIME.
 */
import { z } from "zod";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { Envelope, MailSender, SendGate, SendReceipt } from "../mail-sender.ts";
import { parseHeaderOnly } from "../mime/parse.ts";
import { createGraphClient, type GraphClient, type GraphConnection } from "./client.ts";
import { messagePath } from "./fetch.ts";
import { blindRecipients, outgoingJson } from "./outgoing-json.ts";
import { attachFile } from "./upload.ts";

export interface GraphSenderOptions extends GraphConnection {
  /** The mailbox's own address: mail with another From goes out as JSON. Left out: every From is taken for its own. */
  address?: string;
}

/** Of the MIME: in base64 it has to stay below the 4 MB of a request. */
const mimeCapBytes = 2_900_000;
const sendMs = 120_000;

const recipients = z
  .array(z.object({ emailAddress: z.object({ address: z.string().nullish() }).nullish() }))
  .nullish()
  .catch(undefined);
const draftSchema = z.object({
  id: z.string().min(1),
  internetMessageId: z.string().nullish().catch(undefined),
  toRecipients: recipients,
  ccRecipients: recipients,
  bccRecipients: recipients,
});
type Draft = z.infer<typeof draftSchema>;

interface Sending {
  client: GraphClient;
  options: GraphSenderOptions;
  signal: AbortSignal | undefined;
}

/** Nothing is sent before `verify` or `send`. */
export function createGraphSender(options: GraphSenderOptions): MailSender {
  const client = createGraphClient(options);
  return {
    async verify(signal) {
      await client.send({
        path: "/mailFolders/drafts?$select=id",
        what: "asking for the drafts",
        subject: "mailbox",
        urgency: "urgent",
        ...(signal !== undefined && { signal }),
      });
    },
    send: (raw, envelope, gate, signal) => sendOnce({ client, options, signal }, raw, envelope, gate),
    async close() {
      client.close();
    },
  };
}

const request = ({ signal }: Sending, what: string) =>
  ({
    what,
    subject: "message",
    urgency: "urgent",
    requestMs: sendMs,
    ...(signal !== undefined && { signal }),
  }) as const;

async function sendOnce(
  sending: Sending,
  raw: Uint8Array,
  envelope: Envelope,
  gate: SendGate,
): Promise<SendReceipt> {
  if (envelope.to.length === 0)
    throw new HitchpostError("recipient_invalid", "The message has no recipient.");
  await gate("data");
  const isOwn = sameAddress(envelope.from, sending.options.address ?? envelope.from);
  let draft: Draft | null = null;
  try {
    draft =
      isOwn && raw.byteLength <= mimeCapBytes
        ? await mimeDraft(sending, raw, envelope)
        : await jsonDraft(sending, raw, envelope);
    await gate("dot");
  } catch (error) {
    if (draft !== null) await discard(sending, draft);
    throw rejected(error);
  }
  return draft === null ? sendMail(sending, raw, envelope) : sendDraft(sending, draft);
}

const sameAddress = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** null: this account may send, and may not write drafts. */
async function mimeDraft(sending: Sending, raw: Uint8Array, envelope: Envelope): Promise<Draft | null> {
  let draft: Draft;
  try {
    draft = await sending.client.json(draftSchema, {
      ...request(sending, "writing a draft"),
      path: "/messages",
      method: "POST",
      body: { type: "text/plain", bytes: Buffer.from(raw).toString("base64") },
    });
  } catch (error) {
    if (isHitchpostError(error, "auth_failed") && error.details["reason"] === "access_denied") return null;
    throw error;
  }
  try {
    return await withAllRecipients(sending, draft, raw, envelope);
  } catch (error) {
    await discard(sending, draft);
    throw error;
  }
}

/** Who stands in the envelope alone has no place in the MIME: the draft is told of them. */
async function withAllRecipients(
  sending: Sending,
  draft: Draft,
  raw: Uint8Array,
  { to }: Envelope,
): Promise<Draft> {
  const { to: named, cc } = parseHeaderOnly(raw, "too_large");
  const header = [...named, ...cc].map(({ address }) => address);
  const bccRecipients = blindRecipients(header, to);
  if (bccRecipients.length === 0) return draft;
  await sending.client.send({
    ...request(sending, "writing a draft"),
    path: messagePath(draft.id),
    method: "PATCH",
    json: { bccRecipients },
  });
  return draft;
}

async function jsonDraft(sending: Sending, raw: Uint8Array, { to }: Envelope): Promise<Draft> {
  const { message, files } = await outgoingJson(raw, to);
  const draft = await sending.client.json(draftSchema, {
    ...request(sending, "writing a draft"),
    path: "/messages",
    method: "POST",
    json: message,
  });
  try {
    const upload = { client: sending.client, fetch: sending.options.fetch, signal: sending.signal };
    for (const file of files) await attachFile(upload, draft.id, file);
    return draft;
  } catch (error) {
    await discard(sending, draft);
    throw error;
  }
}

/** What is not sent does not stay behind; a draft that cannot be taken away harms nobody. */
async function discard({ client, options }: Sending, { id }: Draft): Promise<void> {
  const about = { what: "taking a draft away", subject: "message", urgency: "urgent" } as const;
  try {
    await client
      .send({ ...about, path: `${messagePath(id)}/permanentDelete`, method: "POST" })
      .catch(() => client.send({ ...about, path: messagePath(id), method: "DELETE" })); // not every cloud has the first
  } catch (error) {
    options.log.warn({ err: error }, "a draft that was not sent stays in the mailbox");
  }
}

async function sendDraft(sending: Sending, draft: Draft): Promise<SendReceipt> {
  const sent = await handOver(sending, { path: `${messagePath(draft.id)}/send` }).catch(
    async (error: unknown) => {
      if (!isHitchpostError(error, "send_unclear")) await discard(sending, draft);
      throw error;
    },
  );
  const messageId = (await copyId(sending, draft.id)) ?? draft.internetMessageId ?? null;
  const named = messageId === null ? "" : ` ${messageId}`;
  return { response: `${sent} Accepted${named}`, copy: { key: draft.id, messageId } };
}

/** The Message-ID that the copy bears: Exchange may have given it another one. Sent it is in any case. */
async function copyId(sending: Sending, id: string): Promise<string | null> {
  try {
    const copy = await sending.client.json(draftSchema, {
      ...request(sending, "looking for a sent copy"),
      path: `${messagePath(id)}?$select=id,internetMessageId`,
      requestMs: 10_000,
      once: true,
    });
    return copy.internetMessageId ?? null;
  } catch (error) {
    sending.options.log.debug(
      { err: error },
      "the sent copy is not there yet; it is recognised when it comes",
    );
    return null;
  }
}

async function sendMail(sending: Sending, raw: Uint8Array, envelope: Envelope): Promise<SendReceipt> {
  const { to: named, cc } = parseHeaderOnly(raw, "too_large");
  const known = new Set([...named, ...cc].map(({ address }) => address.toLowerCase()));
  const blind = envelope.to.filter((address) => !known.has(address.toLowerCase()));
  const field = Buffer.from(blind.length === 0 ? "" : `Bcc: ${blind.join(",\r\n ")}\r\n`);
  const bytes = Buffer.concat([field, raw]).toString("base64");
  const status = await handOver(sending, { path: "/sendMail", body: { type: "text/plain", bytes } });
  return { response: `${status} Accepted` };
}

/** From the first byte on it may leave: only a refusal that says otherwise is certain. */
async function handOver(
  sending: Sending,
  what: { path: string; body?: { type: string; bytes: string } },
): Promise<number> {
  let [asked, refused] = [false, 0];
  try {
    const answer = await sending.client.send({
      ...request(sending, "sending"),
      ...what,
      method: "POST",
      once: true,
      onSend: () => (asked = true),
      onRefusal: ({ status }) => (refused = status),
    });
    return answer.status;
  } catch (error) {
    if (isUnclear(asked, refused, error))
      throw new HitchpostError("send_unclear", "The connection to Graph broke while it was sending.", {
        cause: error,
        details: isHitchpostError(error) ? error.details : {},
      });
    throw rejected(error);
  }
}

function isUnclear(asked: boolean, refused: number, error: unknown): boolean {
  if (!asked || isHitchpostError(error, "throttled")) return false;
  return refused === 0 || refused >= 500 || refused === 404 || refused === 408;
}

/** A refusal that another try would meet again: of the sender, of a recipient, or of what is sent. */
const forGood =
  /ErrorSendAsDenied|ErrorInvalidRecipients|ErrorMessageSizeExceeded|ErrorMessageSubmissionBlocked|ErrorMessageDisposition|RequestEntityTooLarge|ErrorInvalidRequest|ErrorInternetMessageHeader|ErrorMimeContent/i;

function rejected(error: unknown): unknown {
  if (!isHitchpostError(error)) return error;
  const { response = "" } = error.details;
  const isFinal =
    (error.code === "protocol_error" || error.code === "auth_failed") &&
    (forGood.test(response) || /^(400|413) /.test(response));
  return isFinal
    ? new HitchpostError("send_rejected", "Microsoft refused the message.", {
        cause: error,
        details: error.details,
      })
    : error;
}
