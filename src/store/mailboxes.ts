/** Mailboxes: their row, settings and state. Removing one stands in remove-mailbox.ts. */
import { sql, type Selectable } from "kysely";
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Cloud } from "./apps.ts";
import type { NewEvent } from "./new-event.ts";
import { appendMailboxLog, repeatMailboxLog } from "./mailbox-log.ts";
import type { MailboxesTable } from "./tables.ts";
import type { TenantDb } from "./tenant-db.ts";
import type { Transport } from "./transport.ts";

const serverSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  security: z.enum(["none", "starttls", "tls"]),
});
export const mailServersSchema = z.object({
  imap: serverSchema.nullable().default(null),
  smtp: serverSchema.nullable().default(null),
  pop: serverSchema.nullable().optional(),
});

export type MailServers = z.infer<typeof mailServersSchema>;

export type MailboxState =
  | "connecting"
  | "listing"
  | "backfilling"
  | "live"
  | "backing_off"
  | "needs_attention"
  | "paused"
  | "removed";
/** Whose the address is: the account's own name, another name of it that was proved, or a shared mailbox it may open. */
export type Relation = "own" | "alias" | "shared";

/** How it was proved that an address is another name of the account. */
export const addressProofSchema = z.object({
  /** `delivered`: mail to the address stood in the mailbox; `code`: a code sent to it arrived there. */
  by: z.enum(["delivered", "code"]),
  /** RFC 3339. */
  at: z.string(),
  /** Folder and header field in which it was found: `Inbox`, `Delivered-To`. */
  folder: z.string(),
  header: z.string(),
  /** Message-ID of the mail that proves it, where it has one. */
  messageId: z.string().nullable(),
});
export type AddressProof = z.infer<typeof addressProofSchema>;

export type History = "all" | "1y" | "3m" | "1m" | "none";
export type SeenPolicy = "opening" | "answering" | "never";

export interface Mailbox {
  id: string;
  address: string;
  displayName: string;
  provider: string;
  method: "oauth" | "password";
  transport: Transport;
  /** It may change its transport by itself. */
  automaticTransport: boolean;
  servers: MailServers;
  /** The Microsoft app of the operator's page that it was authorized with; null: the environment's, or the sandbox's. */
  app: { id: string; cloud: Cloud } | null;
  /** Microsoft's tenant and object id; a reconnect must bring the same. */
  subject: { tid: string; oid: string } | null;
  /** The name that signs in: user name, or the account's primary address. */
  principal: string;
  relation: Relation;
  /** Of an alias; null for the others. */
  addressProof: AddressProof | null;
  /** Inbox and Sent are chosen by themselves once the folders can be listed: nobody waits at the wizard. */
  usualFolders: boolean;
  state: MailboxState;
  stateSince: Date;
  stateDetail: Record<string, unknown>;
  history: History;
  readOnly: boolean;
  keepRaw: boolean;
  newFolders: boolean;
  seenPolicy: SeenPolicy;
  /** Whether the server files Sent copies itself; null until it was seen. */
  filesSent: boolean | null;
  signatureHtml: string;
  owner: string | null;
  fence: number;
  foldersChosenAt: Date | null;
  inStepAt: Date | null;
  throttledUntil: Date | null;
  createdBy: string | null;
  createdAt: Date;
}

const toMailbox = (row: Selectable<MailboxesTable>): Mailbox => ({
  id: row.id,
  address: row.address,
  displayName: row.display_name,
  provider: row.provider,
  method: row.method,
  transport: row.transport as Transport,
  automaticTransport: row.automatic_transport,
  servers: mailServersSchema.parse(row.servers),
  app: row.app_id === null ? null : { id: row.app_id, cloud: (row.app_cloud ?? "default") as Cloud },
  subject:
    row.subject_tid !== null && row.subject_oid !== null
      ? { tid: row.subject_tid, oid: row.subject_oid }
      : null,
  principal: row.principal,
  relation: row.relation as Relation,
  addressProof: addressProofSchema.nullable().catch(null).parse(row.address_proof),
  usualFolders: row.usual_folders,
  state: row.state as MailboxState,
  stateSince: row.state_since,
  stateDetail: row.state_detail as Record<string, unknown>,
  history: row.history as History,
  readOnly: row.read_only,
  keepRaw: row.keep_raw,
  newFolders: row.new_folders,
  seenPolicy: row.seen_policy,
  filesSent: row.files_sent,
  signatureHtml: row.signature_html,
  owner: row.owner,
  fence: row.fence,
  foldersChosenAt: row.folders_chosen_at,
  inStepAt: row.in_step_at,
  throttledUntil: row.throttled_until,
  createdBy: row.created_by,
  createdAt: row.created_at,
});

export interface NewMailbox {
  address: string;
  displayName?: string;
  provider: string;
  method: "oauth" | "password";
  transport?: Transport;
  automaticTransport?: boolean;
  servers: MailServers;
  app?: Mailbox["app"];
  subject?: { tid: string; oid: string } | null;
  principal: string;
  relation?: Relation;
  addressProof?: AddressProof | null;
  state: MailboxState;
  filesSent?: boolean | null;
  createdBy: string | null;
}

const jsonOrNull = (value: unknown): string | null => (value == null ? null : JSON.stringify(value));

/**
 * Makes a mailbox and returns its id. Its grant comes in the same transaction (grants.ts).
 *
 * @throws HitchpostError conflict when the address is connected already
 */
export async function createMailbox(tx: TenantDb, mailbox: NewMailbox): Promise<string> {
  const row = await tx.db
    .insertInto("mailboxes")
    .values({
      workspace_id: tx.workspaceId,
      id: newId(),
      address: mailbox.address,
      display_name: mailbox.displayName ?? "",
      provider: mailbox.provider,
      method: mailbox.method,
      transport: mailbox.transport ?? "imap",
      automatic_transport: mailbox.automaticTransport ?? true,
      servers: JSON.stringify(mailbox.servers),
      app_id: mailbox.app?.id ?? null,
      app_cloud: mailbox.app?.cloud ?? null,
      subject_tid: mailbox.subject?.tid ?? null,
      subject_oid: mailbox.subject?.oid ?? null,
      principal: mailbox.principal,
      relation: mailbox.relation ?? "own",
      address_proof: jsonOrNull(mailbox.addressProof),
      state: mailbox.state,
      files_sent: mailbox.filesSent ?? null,
      created_by: mailbox.createdBy,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (!row)
    throw new HitchpostError("conflict", `${mailbox.address} is connected already.`, {
      details: { field: "address" },
    });
  return row.id;
}

/**
 * Brings the mailbox of an address back that was removed while its mail was kept: else the same mail would be stored a
 * second time. Its folders are to be chosen, and its server learnt, again. Its grant comes in the same transaction.
 *
 * @param subject the account; a mailbox that belonged to another one stays removed
 * @returns its id; null when there is none
 */
export async function reviveMailbox(
  tx: TenantDb,
  { address, subject = null }: Pick<NewMailbox, "address" | "subject">,
): Promise<string | null> {
  const removed = await tx.db
    .selectFrom("mailboxes")
    .select("id")
    .where("workspace_id", "=", tx.workspaceId)
    .where(sql`lower(address)`, "=", address.toLowerCase())
    .where("removed_at", "is not", null)
    .where((eb) =>
      subject === null
        ? eb.lit(true)
        : eb.or([
            eb("subject_oid", "is", null),
            eb.and([eb("subject_tid", "=", subject.tid), eb("subject_oid", "=", subject.oid)]),
          ]),
    )
    .orderBy("removed_at", "desc")
    .limit(1)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (removed === undefined || (await findMailboxByAddress(tx, address)) !== null) return null;
  await tx.db
    .updateTable("mailboxes")
    .set({ removed_at: null, folders_chosen_at: null, throttled_until: null, files_sent: null })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", removed.id)
    .execute();
  return removed.id;
}

const live = (tenant: TenantDb) =>
  tenant.db
    .selectFrom("mailboxes")
    .selectAll()
    .where("workspace_id", "=", tenant.workspaceId)
    .where("removed_at", "is", null);

/** One mailbox that is not removed; null when there is none. */
export async function findMailbox(tenant: TenantDb, id: string): Promise<Mailbox | null> {
  const row = await live(tenant).where("id", "=", id).executeTakeFirst();
  return row ? toMailbox(row) : null;
}

/** @throws HitchpostError not_found */
export async function getMailbox(tenant: TenantDb, id: string): Promise<Mailbox> {
  const mailbox = await findMailbox(tenant, id);
  if (!mailbox) throw new HitchpostError("not_found", "No such mailbox.");
  return mailbox;
}

/** The mailbox of an address, whatever its case; null when it is not connected. */
export async function findMailboxByAddress(tenant: TenantDb, address: string): Promise<Mailbox | null> {
  const row = await live(tenant)
    .where(sql`lower(address)`, "=", address.toLowerCase())
    .executeTakeFirst();
  return row ? toMailbox(row) : null;
}

/** All mailboxes that are not removed, oldest first. */
export async function listMailboxes(tenant: TenantDb): Promise<Mailbox[]> {
  const rows = await live(tenant).orderBy("id").execute();
  return rows.map(toMailbox);
}

export interface MailboxChange {
  displayName?: string;
  servers?: MailServers;
  app?: Mailbox["app"];
  principal?: string;
  subject?: { tid: string; oid: string };
  relation?: Relation;
  addressProof?: AddressProof | null;
  usualFolders?: boolean;
  method?: "oauth" | "password";
  transport?: Transport;
  automaticTransport?: boolean;
  provider?: string;
  history?: History;
  readOnly?: boolean;
  keepRaw?: boolean;
  newFolders?: boolean;
  seenPolicy?: SeenPolicy;
  /** null: to be learnt again. */
  filesSent?: boolean | null;
  signatureHtml?: string;
  foldersChosenAt?: Date;
  inStepAt?: Date;
  throttledUntil?: Date | null;
}

const defined = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/**
 * Changes settings or what is known of the server; not the state.
 *
 * @throws HitchpostError not_found
 */
export async function updateMailbox(tx: TenantDb, id: string, change: MailboxChange): Promise<void> {
  const result = await tx.db
    .updateTable("mailboxes")
    .set({
      id, // so that an empty change is a statement too
      ...defined({
        display_name: change.displayName,
        servers: change.servers && JSON.stringify(change.servers),
        app_id: change.app === null ? null : change.app?.id,
        app_cloud: change.app === null ? null : change.app?.cloud,
        principal: change.principal,
        subject_tid: change.subject?.tid,
        subject_oid: change.subject?.oid,
        relation: change.relation,
        address_proof: change.addressProof === undefined ? undefined : jsonOrNull(change.addressProof),
        usual_folders: change.usualFolders,
        method: change.method,
        transport: change.transport,
        automatic_transport: change.automaticTransport,
        provider: change.provider,
        history: change.history,
        read_only: change.readOnly,
        keep_raw: change.keepRaw,
        new_folders: change.newFolders,
        seen_policy: change.seenPolicy,
        files_sent: change.filesSent,
        signature_html: change.signatureHtml,
        folders_chosen_at: change.foldersChosenAt,
        in_step_at: change.inStepAt,
        throttled_until: change.throttledUntil,
      }),
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) throw new HitchpostError("not_found", "No such mailbox.");
}

/**
 * Sets the state, writes it to the mailbox's log and returns the event to append (`appendEvents`, last in the
 * transaction); nothing when the state and its detail are the same already. In a fenced transaction take the fence
 * `exclusive`.
 *
 * @param detail plain JSON that explains the state: `{ code: "throttled", until: … }`
 * @throws HitchpostError not_found
 */
export async function setMailboxState(
  tx: TenantDb,
  id: string,
  state: Exclude<MailboxState, "removed">,
  detail: Record<string, unknown> = {},
): Promise<NewEvent[]> {
  const before = await live(tx).where("id", "=", id).forNoKeyUpdate().executeTakeFirst();
  if (!before) throw new HitchpostError("not_found", "No such mailbox.");
  const detailChanged = JSON.stringify(before.state_detail) !== JSON.stringify(detail);
  if (before.state === state && !detailChanged) return [];
  await tx.db
    .updateTable("mailboxes")
    .set({
      state,
      state_detail: JSON.stringify(detail),
      ...(before.state === state ? {} : { state_since: sql<Date>`clock_timestamp()` }),
    })
    .where("workspace_id", "=", tx.workspaceId)
    .where("id", "=", id)
    .execute();
  if (before.state !== state) {
    await logState(tx, id, { from: before.state as MailboxState, to: state, detail });
  }
  return [
    {
      type: "mailbox.state",
      mailboxId: id,
      conversationId: null,
      payload: { state, from: before.state, detail },
    },
  ];
}

const waits: ReadonlySet<string> = new Set(["backing_off", "needs_attention"]);

/** A try that a wait is interrupted for is no news, and one that fails again is told by the line that stands there already. */
async function logState(
  tx: TenantDb,
  id: string,
  { from, to, detail }: { from: MailboxState; to: MailboxState; detail: Record<string, unknown> },
): Promise<void> {
  if (to === "connecting" && waits.has(from)) return;
  const line = { from, ...detail };
  if (waits.has(to) && (await repeatMailboxLog(tx, id, `state.${to}`, line))) return;
  await appendMailboxLog(tx, id, `state.${to}`, line);
}
