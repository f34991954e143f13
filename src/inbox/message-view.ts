/** How a message's body is shown (security.md, E-mail HTML): sanitised here, quotes folded, remote pictures by permission. */
import { HitchpostError } from "../core/errors.ts";
import { canonicalAddress, isAddress } from "../protocol/mime/address.ts";
import { htmlDocument } from "../protocol/mime/html-document.ts";
import { textToHtml } from "../protocol/mime/html-text.ts";
import { unpackBody } from "../protocol/mime/packed-body.ts";
import { splitQuotedText } from "../protocol/mime/quotes.ts";
import { sanitiseHtml } from "../protocol/mime/sanitise.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { readAttachments } from "./messages.ts";
import type { ShownAttachment } from "./shown-message.ts";

export interface MessageDisplay {
  kind: "html" | "text";
  /** Plain text without quote and signature, and these. */
  visibleText: string;
  quotedText: string;
  hasQuote: boolean;
  /** Remote pictures in it. */
  remoteImages: number;
  /** The sender is trusted: they are shown. */
  imagesAllowed: boolean;
}

interface Body {
  fromAddress: string;
  text: string;
  html: string | null;
  attachments: ShownAttachment[];
}

/** A message's body, or that of a reply on its way. */
async function readBody(tenant: TenantDb, id: string): Promise<Body> {
  const message = await tenant.db
    .selectFrom("messages as m")
    .leftJoin("message_bodies as b", (join) =>
      join.onRef("b.workspace_id", "=", "m.workspace_id").onRef("b.message_id", "=", "m.id"),
    )
    .select(["m.from_address", "m.attachments", "b.content"])
    .where("m.workspace_id", "=", tenant.workspaceId)
    .where("m.id", "=", id)
    .executeTakeFirst();
  if (message) {
    const { from_address: fromAddress, content, attachments } = message;
    return { fromAddress, ...unpackBody(content), attachments: readAttachments(attachments) };
  }
  const reply = await tenant.db
    .selectFrom("outbox")
    .select(["text", "html"])
    .where("workspace_id", "=", tenant.workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!reply) throw new HitchpostError("not_found", "There is no such message.");
  return { fromAddress: "", text: reply.text, html: reply.html, attachments: [] };
}

/** @throws HitchpostError not_found */
export async function getMessageDisplay(tenant: TenantDb, id: string): Promise<MessageDisplay> {
  const body = await readBody(tenant, id);
  const { visible, quoted } = splitQuotedText(body.text);
  const sanitised =
    body.html === null
      ? null
      : sanitiseHtml(body.html, { imageUrl: () => null, cidUrl: () => null, allowRemote: false });
  return {
    kind: body.html === null ? "text" : "html",
    visibleText: visible,
    quotedText: quoted,
    hasQuote: quoted !== "",
    remoteImages: sanitised?.hasRemoteImages === true ? Math.max(1, sanitised.blockedImages) : 0,
    imagesAllowed: await isTrustedSender(tenant, body.fromAddress),
  };
}

export interface DocumentOptions {
  /** Remote pictures for this once; a trusted sender's are shown anyhow. */
  allowImages: boolean;
  dark: boolean;
  quotes: "folded" | "shown";
  lang?: string;
  /** The address of a remote picture through our proxy. */
  imageUrl: (src: string) => string | null;
  /** The address of attachment `n`, for pictures inside the mail. */
  attachmentUrl: (n: number) => string;
}

/**
 * The body as a page of its own, to be sent with the headers of security.md.
 *
 * @throws HitchpostError not_found
 */
export async function getMessageDocument(
  tenant: TenantDb,
  id: string,
  options: DocumentOptions,
): Promise<string> {
  const body = await readBody(tenant, id);
  const page = {
    dark: options.dark,
    quoteLabel: options.quotes === "folded" ? "···" : null,
    ...(options.lang === undefined ? {} : { lang: options.lang }),
  };
  if (body.html === null) return htmlDocument(textToHtml(body.text), page);
  const allowRemote = options.allowImages || (await isTrustedSender(tenant, body.fromAddress));
  const cidUrl = (cid: string): string | null => {
    const wanted = bareContentId(cid);
    const part = body.attachments.find(
      ({ contentId }) => contentId !== null && bareContentId(contentId) === wanted,
    );
    return part === undefined ? null : options.attachmentUrl(part.n);
  };
  return htmlDocument(
    sanitiseHtml(body.html, { imageUrl: options.imageUrl, cidUrl, allowRemote }).html,
    page,
  );
}

const bareContentId = (id: string): string => id.trim().replace(/^<|>$/g, "").toLowerCase();

/** Whether this sender's pictures are always shown. */
export async function isTrustedSender(tenant: TenantDb, address: string): Promise<boolean> {
  if (address === "") return false;
  const row = await tenant.db
    .selectFrom("trusted_senders")
    .select("address")
    .where("workspace_id", "=", tenant.workspaceId)
    .where("address", "=", canonicalAddress(address))
    .executeTakeFirst();
  return row !== undefined;
}

/** @throws HitchpostError invalid_request for what is no address */
export async function trustSender(tenant: TenantDb, address: string, userId: string): Promise<void> {
  if (!isAddress(address.trim())) {
    throw new HitchpostError("invalid_request", "This is not an address.", { details: { field: "address" } });
  }
  await tenant.db
    .insertInto("trusted_senders")
    .values({ workspace_id: tenant.workspaceId, address: canonicalAddress(address), user_id: userId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
