/** Files on their way out, and decisions on replies that have not left. */
import { Readable } from "node:stream";
import { HitchpostError } from "../../core/errors.ts";
import type { FastifyRequest } from "fastify";
import { getMessage } from "../../inbox/messages.ts";
import { cancelReply, resolveReply, retryReply } from "../../inbox/outbox/reply-actions.ts";
import { createUpload } from "../../store/uploads.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { presentMessage } from "../messages/present.ts";
import type { Principal } from "../principal.ts";
import type { Api } from "../server.ts";
import { outboxOperations as operations } from "./schema.ts";

const maxUploadBytes = 25 * 1024 * 1024;

/** Paths, line breaks, and marks that turn the direction of reading: `invoice<U+202E>fdp.exe`. */
const unsafeInNames = /[\\/\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

export function registerOutboxRoutes(app: Api, deps: ApiDeps): void {
  void app.register(async (scope) => registerUpload(scope, deps));
  registerDecisions(app, deps);
}

/** In a scope of its own: no other route takes bytes. */
function registerUpload(app: Api, deps: ApiDeps): void {
  app.addContentTypeParser(
    "application/octet-stream",
    { bodyLimit: maxUploadBytes },
    (_request, payload, done) => done(null, payload),
  );
  handle(app, deps, operations.createUpload, async ({ who, query, request, reply }) => {
    const upload = await createUpload(who.tenant, deps.blobs, {
      filename: query.filename.replaceAll(unsafeInNames, "_"),
      contentType: query.contentType ?? "application/octet-stream",
      content: uploadedBytes(request),
      maxBytes: maxUploadBytes,
      createdBy: who.user?.id ?? null,
    });
    void reply.status(201);
    return {
      id: upload.id,
      filename: upload.filename,
      contentType: upload.contentType,
      sizeBytes: upload.sizeBytes,
    };
  });
}

function registerDecisions(app: Api, deps: ApiDeps): void {
  const answer = async (who: Principal, id: string) => {
    const message = await getMessage(who.tenant, id);
    await deps.nudge(who.workspaceId, message.mailboxId);
    return presentMessage(message);
  };
  handle(app, deps, operations.cancelReply, async ({ who, params }) => {
    await cancelReply(who.tenant, params.id, { clock: deps.clock, userId: who.user?.id ?? null });
    return answer(who, params.id);
  });
  handle(app, deps, operations.retryReply, async ({ who, params }) => {
    await retryReply(who.tenant, params.id, deps.clock);
    return answer(who, params.id);
  });
  handle(app, deps, operations.resolveReply, async ({ who, params, body }) => {
    await resolveReply(who.tenant, params.id, body.as, deps.clock);
    return answer(who, params.id);
  });
}

/** The body as a stream. An empty file comes without a body at all. */
function uploadedBytes({ body, headers }: FastifyRequest): Readable {
  if (body instanceof Readable) return body;
  const isBytes = headers["content-type"]?.startsWith("application/octet-stream") === true;
  if (isBytes && (body === undefined || body === null)) return Readable.from([]);
  throw new HitchpostError("invalid_request", "Send the file's bytes as application/octet-stream.", {
    details: { field: "content-type" },
  });
}
