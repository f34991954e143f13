/** The steps of a run: what happens on the server, which way the mail comes, and what fails; what people do is people.ts. */
import type { Pool } from "pg";
import { takeTransport } from "../../../src/connect/change-transport.ts";
import { getMailbox } from "../../../src/store/mailboxes.ts";
import type { TenantDb } from "../../../src/store/tenant-db.ts";
import type { Transport } from "../../../src/store/transport.ts";
import type { ImapFaults } from "../imap-faults.ts";
import type { Processes } from "../processes.ts";
import type { Random } from "../random.ts";
import type { Tally } from "../tally.ts";
import type { ServerMailbox } from "./mailbox.ts";
import { People } from "./people.ts";
import type { Lines } from "./wire.ts";
import type { World } from "./world.ts";

export interface LifeParts {
  world: World;
  pool: Pool;
  tenant: TenantDb;
  mailboxId: string;
  mailbox: ServerMailbox;
  imap: ImapFaults;
  lines: Lines;
  processes: Processes;
  random: Random;
  tally: Tally;
}

export class Life {
  readonly people: People;
  readonly #parts: LifeParts;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.people = new People(parts);
  }

  /** @returns what was done, for the story */
  async step(): Promise<string> {
    const { random, mailbox, world } = this.#parts;
    const kind = random.weighted({ deliver: 5, twins: 2, change: 8, person: 6, transport: 4, fault: 4 });
    switch (kind) {
      case "deliver":
        return `delivered ${mailbox.deliver(random.pick(["Inbox", "Inbox", "Orders"]), world.store.now())}`;
      case "twins":
        return `delivered ${mailbox.deliverTwins()}`;
      case "change":
        return mailbox.change() ?? "nothing to change";
      case "person":
        return this.people.act();
      case "transport":
        return this.takeTransport(random.weighted({ imap: 4, graph: 4, pop3: 2 }));
      case "fault":
        return this.#fault();
    }
  }

  async takeTransport(to: Transport): Promise<string> {
    const { tenant, mailboxId, tally } = this.#parts;
    const mailbox = await getMailbox(tenant, mailboxId);
    await takeTransport({ nudge: async () => undefined }, tenant, mailbox, to, "hand");
    if (mailbox.transport !== to) tally.add(`change ${mailbox.transport} to ${to}`);
    return `${mailbox.transport} to ${to}`;
  }

  /** Ends what still fails. */
  calm(): void {
    const { world, mailbox } = this.#parts;
    world.faults.clear(mailbox.mailboxId, null);
  }

  async #fault(): Promise<string> {
    const { random, world, mailbox, imap, processes, lines, tally } = this.#parts;
    const kind = random.weighted({
      deltaExpired: 2,
      renumbered: 1,
      tokenExpired: 2,
      throttled: 2,
      tokenEndsInBatch: 1,
      unavailable: 1,
      replays: 1,
      cutAll: 2,
      kill: 1,
      handOver: 1,
    });
    const fault = (more: Partial<Parameters<World["faults"]["add"]>[1]>): void =>
      world.faults.add(mailbox.mailboxId, {
        kind: "throttled",
        until: null,
        times: random.int(1, 3),
        probability: 1,
        retryAfterSeconds: random.int(1, 60),
        ms: 0,
        after: 1,
        ...more,
      });
    if (kind === "kill") return processes.kill().then(() => "process killed");
    if (kind === "handOver") return processes.handOver().then(() => "process stopped");
    if (kind === "tokenExpired") lines.expireTokens();
    else tally.add(`server: ${kind}`);
    if (kind === "deltaExpired") world.store.items.raiseEpoch(mailbox.mailboxId);
    if (kind === "renumbered") world.store.renumber(mailbox.folderId("Inbox"));
    if (kind === "throttled" || kind === "unavailable") fault({ kind });
    if (kind === "tokenEndsInBatch" || kind === "replays") fault({ kind });
    if (kind === "cutAll" || kind === "renumbered") imap.cutAll();
    return kind;
  }
}
