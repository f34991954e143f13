/** What the routes are given; `app/` constructs it. Routes hold no logic of their own: they parse, ask a room, present. */
import type { Pool } from "pg";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { EventHints } from "../store/event-hints.ts";
import type { InboxPort } from "../store/inbox-port.ts";
import type { Blobs } from "../store/blobs.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import type { LookUpSettings } from "../connect/autoconfig/lookup.ts";
import type { ConnectService } from "../connect/service.ts";
import type { Users } from "./people/users.ts";

export interface ApiDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  version: string;
  startedAt: Date;
  /** Scheme, host and port that people open; no slash at the end. */
  publicUrl: string;
  users: Users;
  hints: EventHints;
  blobs: Blobs;
  connect: ConnectService;
  /** Automatic settings of an address. */
  lookUpSettings: LookUpSettings;
  setup: SetupGate;
  inbox: InboxPort;
  /** Opens a reading connection of a live mailbox for one on-demand fetch, and closes it. */
  withSource<T>(workspaceId: string, mailboxId: string, work: (source: MailSource) => Promise<T>): Promise<T>;
  /** A remote image through the one dialer: bytes, at most 10 MB. @throws host_not_allowed, network_* */
  fetchImage(url: string): Promise<{ bytes: Uint8Array }>;
  /**
   * Wakes the sync of a mailbox, in whatever process it runs: folders chosen, intents, replies, pause. Never rejects: what
   * was changed stands in its rows, and is found without it too.
   */
  nudge(workspaceId: string, mailboxId: string): Promise<void>;
  /** A change notification came in. @returns false when its secret is not ours */
  receiveNotification(
    clientState: string,
    what: "changed" | "missed" | "removed" | "reauthorize",
  ): Promise<boolean>;
  imageKey: Buffer;
  sendDelayMs: number;
  /** The sandbox's pages: below which path, and where they are asked for now. */
  sandbox: { prefix: string; target: () => string } | null;
  metrics: { token: string | null; render(): Promise<{ contentType: string; body: string }> };
  readiness(): Promise<{ ready: boolean; problems: string[] }>;
  /** How often an event stream asks again whether its listener may listen. */
  rightsCheckMs: number;
  database: { embedded: boolean; version: string };
  /** Folder of the built web page; null when this process serves none. */
  webRoot: string | null;
}

/** The one-time token that makes the first owner (security.md). */
export interface SetupGate {
  needed(): Promise<boolean>;
  /**
   * Runs `work`, which makes the owner, if the token is right: one at a time over all processes of the database. When it
   * is done, the token is used up and its file removed; when it fails, the token stays.
   * @throws setup_token_invalid, conflict when an owner exists, and what `work` throws
   */
  claim<T>(token: string, work: () => Promise<T>): Promise<T>;
}
