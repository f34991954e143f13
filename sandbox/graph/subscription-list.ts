/** The subscriptions that there are, kept in one small file, so that they outlive a restart. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

export type ChangeType = "created" | "updated" | "deleted";

export type Subscription = {
  id: string;
  /** Who made it: the persona's id. */
  creator: string;
  tenantId: string;
  /** The object id in addresses of resources. */
  ownerOid: string;
  mailboxId: number;
  /** Null: all folders. */
  folderId: number | null;
  /** As it was asked for. */
  resource: string;
  changeTypes: ChangeType[];
  notificationUrl: string;
  lifecycleNotificationUrl: string | null;
  clientState: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
  immutableIds: boolean;
};

export class SubscriptionList {
  readonly #file: string | null;
  readonly #now: () => number;
  #all: Subscription[];

  /** Without a file they live in memory alone. */
  constructor(file: string | null, now: () => number) {
    this.#file = file;
    this.#now = now;
    this.#all = file === null ? [] : readKept(file);
  }

  /** Those that have not expired. */
  all(): Subscription[] {
    const now = this.#now();
    const lasting = this.#all.filter((one) => one.expiresAt > now);
    if (lasting.length < this.#all.length) this.#keep(lasting);
    return lasting;
  }

  of(mailboxId: number): Subscription[] {
    return this.all().filter((one) => one.mailboxId === mailboxId);
  }

  find(id: string): Subscription | undefined {
    return this.all().find((one) => one.id === id);
  }

  put(subscription: Subscription): void {
    this.#keep([...this.all().filter((one) => one.id !== subscription.id), subscription]);
  }

  remove(id: string): void {
    this.#keep(this.all().filter((one) => one.id !== id));
  }

  #keep(all: Subscription[]): void {
    this.#all = all;
    if (this.#file === null) return;
    writeFileSync(`${this.#file}.new`, JSON.stringify(all), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function readKept(file: string): Subscription[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Subscription[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // nobody has subscribed yet
    throw error;
  }
}
