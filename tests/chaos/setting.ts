/** The beginning of a compressed run: a server, a mailbox, chosen folders, and how often which fault happens. */
import type { Pool } from "pg";
import { newId } from "../../src/core/ids.ts";
import { chooseFolders } from "../../src/store/folders.ts";
import { tenantDb, type TenantDb } from "../../src/store/tenant-db.ts";
import type { ChaosClock } from "./clock.ts";
import { mailboxAddress } from "./mails.ts";
import type { Model } from "./model.ts";
import type { Random } from "./random.ts";
import type { ChaosServer, ServerVariant } from "./server.ts";

/** How the server of a run is. */
export function drawVariant(random: Random): ServerVariant {
  return {
    hidden: random.weighted({ "": 7, MOVE: 2, IDLE: 3 }).split(" "),
    messageIds: random.weighted({ replace: 6, keep: 2, silent: 1 }),
    tellsId: random.chance(0.6),
    filesSentWithinMs: random.chance(0.85) ? 90_000 : null,
  };
}

export interface SeededMailbox {
  tenant: TenantDb;
  workspaceId: string;
  mailboxId: string;
}

/** A workspace with one mailbox that is about to connect. */
export async function seedMailbox(
  pool: Pool,
  clock: ChaosClock,
  { filesSentWithinMs }: ServerVariant,
  random: Random,
): Promise<SeededMailbox> {
  const [workspaceId, mailboxId] = [newId(), newId()];
  const tenant = tenantDb(pool, workspaceId);
  await tenant.db.insertInto("workspaces").values({ workspace_id: workspaceId, name: "Chaos" }).execute();
  await tenant.db
    .insertInto("mailboxes")
    .values({
      workspace_id: workspaceId,
      id: mailboxId,
      address: mailboxAddress,
      provider: "outlook",
      method: "oauth",
      servers: JSON.stringify({ smtp: { host: "127.0.0.1", port: 587, security: "none" } }),
      principal: mailboxAddress,
      state: "connecting",
      new_folders: false,
      files_sent: filesSentWithinMs === null ? false : random.chance(0.8) ? true : null,
      created_at: new Date(clock.now()),
    })
    .execute();
  return { tenant, workspaceId, mailboxId };
}

/** Whether it is settled that the server files what is sent. */
export const filesSentKnown = async ({ db, workspaceId }: TenantDb): Promise<boolean> => {
  const row = await db
    .selectFrom("mailboxes")
    .select("files_sent")
    .where("workspace_id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  return row.files_sent === true;
};

const listingMs = 10 * 60_000;

/** Waits for the listing, then chooses folders. */
export async function choose(
  random: Random,
  clock: ChaosClock,
  tenant: TenantDb,
  mailboxId: string,
  model: Model,
): Promise<void> {
  const wanted = [
    "INBOX",
    "Sent",
    "Team A",
    ...["Team B", "Archive", "Junk", "Deleted"].filter(() => random.chance(0.5)),
  ];
  for (const until = clock.monotonic() + listingMs; ; await clock.sleep(500)) {
    const rows = await tenant.db
      .selectFrom("folders")
      .select("path")
      .where("workspace_id", "=", tenant.workspaceId)
      .execute();
    if (rows.some(({ path }) => path === "Team B")) break;
    if (clock.monotonic() > until) throw new Error("the folders were not listed within ten minutes");
  }
  await tenant.transaction((tx) => chooseFolders(tx, mailboxId, wanted));
  for (const path of wanted) model.synced.add(path);
}

/** From now on. */
export function throwFaults({ imap, smtp }: ChaosServer, random: Random): void {
  const some = (most: number): number => (random.chance(0.6) ? random.next() * most : 0);
  imap.rates = {
    cut: some(0.02),
    delay: some(0.03),
    throttle: some(0.01),
    bye: some(0.01),
    expire: some(0.01),
    incomplete: some(0.3),
  };
  smtp.rates = {
    cutBeforeDot: some(0.4),
    takenUnanswered: some(0.4),
    lostUnanswered: some(0.4),
    refused: some(0.3),
  };
}
