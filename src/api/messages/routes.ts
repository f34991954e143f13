/** Messages: fields, raw source, shown body, attachments, flags, remote images. */
import type { FastifyReply } from "fastify";
import { HitchpostError } from "../../core/errors.ts";
import { readAttachment, readRawMessage, type FetchDeps } from "../../inbox/attachments.ts";
import { sniffRaster } from "../../inbox/image-type.ts";
import { changeFlags, deleteMessage, moveMessage } from "../../inbox/message-change.ts";
import { getMessageDisplay, getMessageDocument, trustSender } from "../../inbox/message-view.ts";
import { getMessage } from "../../inbox/messages.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { languageFor } from "../language.ts";
import type { Principal } from "../principal.ts";
import type { Api } from "../server.ts";
import { contentDisposition } from "./content-disposition.ts";
import { imageToken, readImageToken } from "./image-token.ts";
import { presentMessage } from "./present.ts";
import { messageOperations as operations } from "./schema.ts";

/** For the mail's own page (security.md, E-mail HTML): no script, no form, no foreign picture. */
const bodyPolicy =
  "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

export function registerMessageRoutes(app: Api, deps: ApiDeps): void {
  registerReading(app, deps);
  registerBodies(app, deps);
  registerFiles(app, deps);
  registerChanges(app, deps);
}

function registerReading(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.getMessage, async ({ who, params }) =>
    presentMessage(await getMessage(who.tenant, params.id)),
  );
  handle(app, deps, operations.getMessageDisplay, ({ who, params }) =>
    getMessageDisplay(who.tenant, params.id),
  );
  handle(app, deps, operations.trustSender, async ({ who, body, reply }) => {
    await trustSender(who.tenant, body.address, who.user?.id ?? `key:${who.keyId}`);
    void reply.status(201);
  });
}

function registerBodies(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.getMessageBody, async ({ who, params, query, request, reply }) => {
    const html = await getMessageDocument(who.tenant, params.id, {
      allowImages: query.images === "once",
      dark: query.theme === "dark",
      quotes: query.quotes,
      lang: languageFor(request, who),
      imageUrl: (src) => {
        const token = imageToken(deps.imageKey, params.id, src);
        return token === null ? null : `/v1/messages/${params.id}/images/${token}`;
      },
      attachmentUrl: (n) => `/v1/messages/${params.id}/attachments/${n}?inline=true`,
    });
    void reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", bodyPolicy)
      .header("referrer-policy", "no-referrer")
      .header("cache-control", "private, no-store");
    return html;
  });
  handle(app, deps, operations.getRemoteImage, async ({ who, params, reply }) => {
    await getMessage(who.tenant, params.id); // an address that leaked serves nobody outside the workspace
    const { bytes } = await deps.fetchImage(readImageToken(deps.imageKey, params.id, params.token));
    const type = sniffRaster(bytes);
    if (type === null)
      throw new HitchpostError("not_found", "What came back is no picture that may be shown.");
    return sendBytes(reply, bytes, { type, inline: true, filename: null });
  });
}

const fetchDeps = (deps: ApiDeps, who: Principal): FetchDeps => ({
  blobs: deps.blobs,
  fetchPart: (place, partPath) =>
    deps.withSource(who.workspaceId, place.mailboxId, (source) =>
      source.fetchPart(place.folderPath, place.epochKey, place.key, partPath),
    ),
});

function registerFiles(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.getRawMessage, async ({ who, params, reply }) => {
    const bytes = await readRawMessage(who.tenant, params.id, fetchDeps(deps, who));
    return sendBytes(reply, bytes, { type: "message/rfc822", inline: false, filename: `${params.id}.eml` });
  });
  handle(app, deps, operations.getAttachment, async ({ who, params, query, reply }) => {
    const { bytes, filename, rasterType } = await readAttachment(
      who.tenant,
      params.id,
      params.n,
      fetchDeps(deps, who),
    );
    const inline = query.inline === "true" && rasterType !== null;
    return sendBytes(reply, bytes, {
      type: rasterType ?? "application/octet-stream",
      inline,
      filename: filename ?? `attachment-${params.n}`,
    });
  });
}

/** Bytes of a sender: never under his type, never run, shown inline only when they are a picture. */
function sendBytes(
  reply: FastifyReply,
  bytes: Uint8Array,
  { type, inline, filename }: { type: string; inline: boolean; filename: string | null },
) {
  return reply
    .type(type)
    .header("content-disposition", contentDisposition(inline ? "inline" : "attachment", filename))
    .header("content-security-policy", "sandbox; default-src 'none'")
    .header("cross-origin-resource-policy", "same-origin")
    .header("cache-control", "private, max-age=3600")
    .serializer((payload) => payload as string) // bytes go out as they are
    .send(Buffer.from(bytes));
}

function registerChanges(app: Api, deps: ApiDeps): void {
  const answer = async (who: Principal, id: string, mailboxId: string) => {
    await deps.nudge(who.workspaceId, mailboxId);
    return presentMessage(await getMessage(who.tenant, id));
  };
  handle(app, deps, operations.updateMessage, async ({ who, params, body }) =>
    answer(who, params.id, await changeFlags(who.tenant, params.id, who.user?.id ?? null, body)),
  );
  handle(app, deps, operations.moveMessage, async ({ who, params, body }) =>
    answer(who, params.id, await moveMessage(who.tenant, params.id, who.user?.id ?? null, body.folderId)),
  );
  handle(app, deps, operations.deleteMessage, async ({ who, params }) =>
    answer(who, params.id, await deleteMessage(who.tenant, params.id, who.user?.id ?? null)),
  );
}
