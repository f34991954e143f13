/** Mailboxes: state, settings, folders, findings, log. */
import { HitchpostError } from "../../core/errors.ts";
import { appendEvents } from "../../store/events.ts";
import { closeFindings, listFindings } from "../../store/findings.ts";
import { chooseFolders, countStored, listFolders } from "../../store/folders.ts";
import { listMailboxLog } from "../../store/mailbox-log.ts";
import { requestOfOwner } from "../../store/mailbox-requests.ts";
import { getMailbox, setMailboxState, updateMailbox, type MailboxChange } from "../../store/mailboxes.ts";
import { removeMailbox } from "../../store/remove-mailbox.ts";
import { sweepReleased } from "../../store/sweep-blobs.ts";
import { withoutDeadline } from "../../store/deadline-client.ts";
import type { TenantDb } from "../../store/tenant-db.ts";
import { sanitiseHtml } from "../../protocol/mime/sanitise.ts";
import { countContactOf } from "../contact.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { languageFor } from "../language.ts";
import type { Api } from "../server.ts";
import { idCursor, pageOfWhole, readIdCursor, type PageQuery } from "../whole-list.ts";
import { estimateImport } from "./estimate.ts";
import { allMailboxes, oneMailbox } from "./facts.ts";
import {
  presentFinding,
  presentFolder,
  presentLogEntry,
  presentLooseFinding,
  presentMailbox,
} from "./present.ts";
import { mailboxOperations as operations } from "./schema.ts";

export function registerMailboxRoutes(app: Api, deps: ApiDeps): void {
  registerReading(app, deps);
  registerChanging(app, deps);
  registerFolders(app, deps);
  registerDiagnosis(app, deps);
}

function registerReading(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listMailboxes, async ({ who, query, request }) => {
    const language = languageFor(request, who);
    const facts = await allMailboxes(who.tenant, deps.connect);
    const page = pageOfWhole(facts, query, ({ mailbox }) => mailbox.id);
    return { ...page, items: page.items.map((one) => presentMailbox(one, language)) };
  });
  handle(app, deps, operations.getMailbox, async ({ who, params, request }) =>
    presentMailbox(await oneMailbox(who.tenant, deps.connect, params.id), languageFor(request, who)),
  );
}

function registerChanging(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.updateMailbox, async ({ who, params, body, request }) => {
    const { paused, signatureHtml, ...settings } = body;
    const signature = signatureHtml === undefined ? {} : { signatureHtml: cleanSignature(signatureHtml) };
    await who.tenant.transaction(async (tx) => {
      await updateMailbox(tx, params.id, { ...defined(settings), ...signature });
      if (paused !== undefined) await pauseOrResume(tx, params.id, paused);
    });
    await deps.nudge(who.workspaceId, params.id);
    return presentMailbox(await oneMailbox(who.tenant, deps.connect, params.id), languageFor(request, who));
  });
  handle(app, deps, operations.removeMailbox, async ({ who, params, query }) => {
    const remove = async (tx: TenantDb): Promise<void> => {
      const { events, conversationIds } = await removeMailbox(tx, params.id, query.data);
      const settled = await deps.inbox.settle(
        tx,
        conversationIds.map((id) => ({ conversationId: id, messageId: id, what: "changed" })), // of what changed no message is read
      );
      await appendEvents(tx, [...settled, ...events]);
    };
    await withoutDeadline(() => who.tenant.transaction(remove)); // a large mailbox takes minutes
    await deps.nudge(who.workspaceId, params.id);
    if (query.data === "erase") await sweepReleased(deps.blobs, who.tenant);
  });
}

/** Leaves out what was not sent, which exactOptionalPropertyTypes tells from undefined. */
const defined = (settings: { [K in keyof MailboxChange]?: MailboxChange[K] | undefined }): MailboxChange =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

const cleanSignature = (html: string): string =>
  sanitiseHtml(html, { imageUrl: () => null, cidUrl: () => null, allowRemote: false }).html;

async function pauseOrResume(tx: TenantDb, id: string, paused: boolean): Promise<void> {
  const mailbox = await getMailbox(tx, id);
  if (paused === (mailbox.state === "paused")) return;
  const closed = paused ? [] : await closeFindings(tx, id);
  if (!paused) await requestOfOwner(tx, id, "restart"); // of one that has not noticed the pause yet
  await appendEvents(tx, [...closed, ...(await setMailboxState(tx, id, paused ? "paused" : "connecting"))]);
}

async function presentFolders(tenant: TenantDb, mailboxId: string, query: PageQuery = { limit: 500 }) {
  const [folders, stored] = await Promise.all([
    listFolders(tenant, mailboxId),
    countStored(tenant, mailboxId),
  ]);
  const page = pageOfWhole(folders, query, (folder) => folder.id);
  return {
    items: page.items.map((folder) => presentFolder(folder, stored.get(folder.id) ?? 0)),
    nextCursor: page.nextCursor,
    listed: folders.length > 0,
  };
}

function registerFolders(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.listFolders, async ({ who, params, query }) => {
    await getMailbox(who.tenant, params.id);
    return presentFolders(who.tenant, params.id, query);
  });
  handle(app, deps, operations.chooseFolders, async ({ who, params, body }) => {
    const { selected, ...settings } = body;
    await getMailbox(who.tenant, params.id);
    await who.tenant.transaction(async (tx) => {
      await updateMailbox(tx, params.id, defined(settings));
      await chooseFolders(tx, params.id, selected);
    });
    await deps.nudge(who.workspaceId, params.id);
    return presentFolders(who.tenant, params.id);
  });
  handle(app, deps, operations.estimateFolders, async ({ who, params, body }) => {
    await getMailbox(who.tenant, params.id);
    return estimateImport(deps, who.tenant, params.id, body);
  });
}

function registerDiagnosis(app: Api, deps: ApiDeps): void {
  handle(app, deps, operations.testMailbox, async ({ who, params, request }) => {
    await countContactOf(deps, who, "test");
    const { checks, finding } = await deps.connect.test(who.tenant, params.id);
    const language = languageFor(request, who);
    return {
      ok: finding === null,
      checks,
      finding: finding ? presentLooseFinding(finding, language, new Date(deps.clock.now())) : null,
    };
  });
  handle(app, deps, operations.changeTransport, async ({ who, params, body, request }) => {
    const { transport } = body;
    const mailbox = await getMailbox(who.tenant, params.id);
    if (mailbox.method !== "oauth" && transport !== mailbox.transport)
      throw new HitchpostError("invalid_request", "A mailbox with a password stays on the way it came by.", {
        details: { field: "transport" },
      });
    const { checks, finding, needsConsent } = await deps.connect.changeTransport(
      who.tenant,
      params.id,
      transport,
    );
    const language = languageFor(request, who);
    return {
      changed: finding === null,
      needsConsent,
      checks,
      finding: finding ? presentLooseFinding(finding, language, new Date(deps.clock.now())) : null,
    };
  });
  handle(app, deps, operations.listFindings, async ({ who, params, query, request }) => {
    await getMailbox(who.tenant, params.id);
    const language = languageFor(request, who);
    const page = pageOfWhole(await listFindings(who.tenant, params.id), query, (finding) => finding.id);
    return { ...page, items: page.items.map((finding) => presentFinding(finding, language)) };
  });
  handle(app, deps, operations.listMailboxLog, async ({ who, params, query: { limit, cursor }, request }) => {
    const before = cursor === undefined ? {} : { before: readIdCursor(cursor) };
    await getMailbox(who.tenant, params.id);
    const language = languageFor(request, who);
    const entries = await listMailboxLog(who.tenant, params.id, { limit: limit + 1, ...before });
    const items = entries.slice(0, limit).map((entry) => presentLogEntry(entry, language));
    return { items, nextCursor: entries.length > limit ? idCursor(items.at(-1)!.id) : null };
  });
}
