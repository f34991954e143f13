/**
 * The mail server of compressed runs: the sandbox's IMAP in this process, behind a line on which faults happen, and a
 * submission server of our own. The other client works on the store itself, so that the model knows each of its steps.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startImapFront } from "../../sandbox/mail/imap/server.ts";
import { SignIn } from "../../sandbox/mail/sign-in.ts";
import { MailStore } from "../../sandbox/mail/store/mail-store.ts";
import type { Folder } from "../../sandbox/mail/store/folder-store.ts";
import type { Persona } from "../../sandbox/personas.ts";
import { openSwitches } from "../../sandbox/switches.ts";
import type { ChaosClock } from "./clock.ts";
import { startImapFaults, type ImapFaults } from "./imap-faults.ts";
import { mailboxAddress, markIn, plainText } from "./mails.ts";
import type { Random } from "./random.ts";
import { startSmtpFaults, type SmtpFaultOptions, type SmtpFaults, type TakenReply } from "./smtp-faults.ts";
import type { ServerState } from "./states.ts";
import type { Tally } from "./tally.ts";

/** How the server of a run is. */
export interface ServerVariant {
  /** Capabilities that it hides. */
  hidden: readonly string[];
  messageIds: SmtpFaultOptions["messageIds"];
  tellsId: boolean;
  /** Files the copies of what is sent in Sent itself, at most so late (milliseconds); null: it never does. */
  filesSentWithinMs: number | null;
}

export interface Copy {
  folder: string;
  uid: number;
  flags: string[];
  mark: string;
}

export interface ChaosServer {
  imap: ImapFaults;
  smtp: SmtpFaults;
  /** The access token a client has; `refused`: one that was not taken. */
  token(held: string | null, refused?: string): string;
  folders(): string[];
  copies(folder: string): Copy[];
  /** @param receivedMs INTERNALDATE; now when left out */
  append(folder: string, raw: string, flags?: string[], receivedMs?: number): void;
  setFlags(copy: Copy, flags: string[]): void;
  move(copy: Copy, to: string): void;
  copy(copy: Copy, to: string): void;
  expunge(copy: Copy): void;
  create(folder: string): void;
  rename(from: string, to: string): void;
  remove(folder: string): void;
  /** New UIDVALIDITY, all mails under new numbers, connections ended. */
  renumber(folder: string): void;
  state(): ServerState;
  stop(): Promise<void>;
}

export interface ServerOptions {
  clock: ChaosClock;
  random: Random;
  tally: Tally;
  variant: ServerVariant;
  /** The copy of a reply was filed in Sent. */
  onFiled(mark: string): void;
  /** A reply was taken. */
  onTaken: SmtpFaultOptions["onTaken"];
}

const persona: Persona = {
  id: "chaos",
  address: mailboxAddress,
  displayName: "Support",
  password: "unused",
  oid: "00000000-0000-0000-7e11-00000000c405",
  tid: "00000000-0000-0000-7e11-00000000c406",
  kind: "work",
  language: "en",
  acceptsPassword: false,
  does: { en: "Everything.", zh: "一切。" },
};

export async function startChaosServer(options: ServerOptions): Promise<ChaosServer> {
  const { clock, random, tally, variant } = options;
  const directory = await mkdtemp(join(tmpdir(), "hitchpost-chaos-"));
  const now = (): number => clock.now();
  const store = new MailStore(directory, now);
  const mailboxId = store.ensureMailbox(persona, () => undefined);
  const tokens = createTokens();
  const front = await startImapFront({
    port: 0,
    store,
    signIn: new SignIn([persona], tokens, now),
    switches: openSwitches(directory, clock),
    now,
    certificate: null,
    log: (error) => tally.add(`the server itself failed: ${String(error)}`),
  });
  const imap = await startImapFaults(front.port, {
    random: random.fork("imap"),
    tally,
    sleep: (ms) => clock.sleep(ms),
    enter: clock.enter,
    hidden: variant.hidden,
    onExpire: tokens.expire,
  });
  const desk = new Desk(store, mailboxId, imap);
  const late = random.fork("late");
  const fileLater = async (lateMs: number, { mark, raw }: TakenReply): Promise<void> => {
    await clock.sleep(lateMs);
    options.onFiled(mark);
    desk.append("Sent", raw, ["\\Seen"]);
  };
  const smtp = await startSmtpFaults({
    random: random.fork("smtp"),
    tally,
    messageIds: variant.messageIds,
    tellsId: variant.tellsId,
    enter: clock.enter,
    onTaken(reply) {
      options.onTaken(reply);
      if (variant.filesSentWithinMs === null) return;
      const lateMs = late.chance(0.5) ? late.int(0, 2_000) : late.int(0, variant.filesSentWithinMs);
      if (lateMs > 10_000) tally.add("Sent copy late");
      void fileLater(lateMs, reply);
    },
  });
  return Object.assign(desk, {
    imap,
    smtp,
    token: tokens.token,
    stop: async () => {
      await Promise.all([imap.stop(), smtp.stop()]);
      await front.close();
      store.close();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

const tokenName = (n: number): string => `token-${n}`;

function createTokens() {
  let valid = 1;
  return {
    verify: (token: string) =>
      token === tokenName(valid)
        ? {
            oid: persona.oid,
            upn: persona.address,
            scopes: ["IMAP.AccessAsUser.All", "SMTP.Send"],
            audience: "https://outlook.office.com",
            expiresAt: 2 ** 40,
          }
        : null,
    expire: () => void (valid += 1),
    token: (held: string | null, refused?: string): string =>
      held === null || held === refused ? tokenName(valid) : held,
  };
}

/** What the other client does. */
class Desk {
  readonly #store: MailStore;
  readonly #mailboxId: number;
  readonly #imap: ImapFaults;
  readonly #marks = new Map<number, string>();

  constructor(store: MailStore, mailboxId: number, imap: ImapFaults) {
    this.#store = store;
    this.#mailboxId = mailboxId;
    this.#imap = imap;
  }

  #folder(name: string): Folder {
    const folder = this.#store.folders.find(this.#mailboxId, name);
    if (folder === null) throw new Error(`the server has no folder ${name}`);
    return folder;
  }

  folders(): string[] {
    const names = this.#store.folders.all(this.#mailboxId).map(({ name }) => name);
    return names.map((name) => (name === "Inbox" ? "INBOX" : name)); // the one name without case
  }

  copies(name: string): Copy[] {
    const folder = this.#folder(name);
    return this.#store.messages.rows(folder.id).map(({ id, uid, flags }) => ({
      folder: name,
      uid,
      flags: flags.filter((flag) => flag !== "\\Recent"),
      mark: this.#markOf(id, folder.id, uid),
    }));
  }

  /** The row's id stays the same through moves. */
  #markOf(id: number, folderId: number, uid: number): string {
    const known = this.#marks.get(id);
    if (known !== undefined) return known;
    const mark =
      markIn(plainText(this.#store.messages.raw(folderId, uid)?.toString("latin1") ?? "")) ?? "unmarked";
    this.#marks.set(id, mark);
    return mark;
  }

  append(name: string, raw: string, flags: string[] = [], internalDate = this.#store.now()): void {
    this.#store.messages.append(this.#folder(name).id, {
      raw: Buffer.from(raw, "latin1"),
      flags,
      internalDate,
    });
  }

  setFlags({ folder, uid }: Copy, flags: string[]): void {
    this.#store.messages.setFlags(this.#folder(folder).id, uid, flags);
  }

  move({ folder, uid }: Copy, to: string): void {
    this.#store.messages.move(this.#folder(folder).id, uid, this.#folder(to).id);
  }

  copy({ folder, uid }: Copy, to: string): void {
    this.#store.messages.copy(this.#folder(folder).id, uid, this.#folder(to).id);
  }

  expunge({ folder, uid }: Copy): void {
    this.#store.messages.expunge(this.#folder(folder).id, uid);
  }

  create(name: string): void {
    this.#store.folders.create({ mailboxId: this.#mailboxId, name, role: "user", attributes: [] });
  }

  rename(from: string, to: string): void {
    this.#store.folders.rename(this.#folder(from).id, to);
  }

  remove(name: string): void {
    const { id } = this.#folder(name);
    for (const uid of this.#store.messages.uids(id)) this.#store.messages.expunge(id, uid);
    this.#store.folders.remove(id);
  }

  renumber(name: string): void {
    this.#store.renumber(this.#folder(name).id);
    this.#imap.cutAll(); // a session keeps the numbers it was given; servers end it
  }

  state(): ServerState {
    return {
      folders: this.folders().map((path) => ({
        path,
        items: this.copies(path).map(({ uid, flags, mark }) => ({ uid, flags, mark })),
      })),
    };
  }
}
