/** The product as a person runs it, with embedded PostgreSQL, ready to be measured. */
import { z } from "zod";
import { apiClient, startProduct, type Product } from "../../tests/support/product.ts";
import { meterUsage, type Usage } from "./usage.ts";

export interface SyncRun {
  /** From the request that names server and password to the first conversation in the API. */
  firstSeconds: number;
  /** … to all messages committed, the mailbox live. */
  liveSeconds: number;
  /** … to all of them searchable. */
  searchableSeconds: number;
  own: Usage;
  postgres: Usage;
}

export interface FirstSyncOptions {
  port: number;
  user: string;
  password: string;
  keepRaw: boolean;
  /** So many messages are in Inbox and Sent. */
  messages: number;
}

export interface Hitchpost {
  product: Product;
  api: ReturnType<typeof apiClient>;
  apiKey: string;
  firstSync(options: FirstSyncOptions): Promise<SyncRun>;
  stop(): Promise<void>;
}

const limitMs = 5 * 60_000;
const statusSchema = z.object({
  mailboxes: z.array(
    z.object({
      address: z.string(),
      state: z.string(),
      stateSince: z.string(),
      messages: z.number(),
      searchable: z.number(),
    }),
  ),
});
const anySchema = z.object({ items: z.array(z.unknown()) });

export async function startHitchpost(env: NodeJS.ProcessEnv = {}): Promise<Hitchpost> {
  const product = await startProduct({ env: { HITCHPOST_SANDBOX: "off", ...env } });
  const apiKey = await product.setup();
  const api = apiClient(product.url, apiKey);
  return {
    product,
    api,
    apiKey,
    firstSync: (options) => measureFirstSync(product, api, options),
    stop: () => product.stop(),
  };
}

/** What a mailbox is connected with, by password and without encryption: Dovecot is on this machine. */
export const mailboxInput = ({ port, user, password, keepRaw }: Omit<FirstSyncOptions, "messages">) => ({
  address: `${user}@bench.example`,
  imap: { host: "127.0.0.1", port, security: "none" },
  smtp: null,
  username: user,
  password,
  folders: ["INBOX", "Sent"],
  history: "all",
  readOnly: false,
  keepRaw,
});

type MailboxStatus = z.infer<typeof statusSchema>["mailboxes"][number];

/** Resolves when the mailboxes are as wanted. */
export async function mailboxesIn(
  api: Hitchpost["api"],
  wanted: (mailboxes: MailboxStatus[]) => boolean,
): Promise<void> {
  await waitFor(
    async () => (wanted(statusSchema.parse(await api.call("GET", "/v1/status")).mailboxes) ? 0 : null),
    1_000,
  );
}

async function measureFirstSync(
  product: Product,
  api: Hitchpost["api"],
  options: FirstSyncOptions,
): Promise<SyncRun> {
  const meter = meterUsage(product.pid());
  const began = performance.now();
  const beganAt = Date.now();
  const since = (): number => (performance.now() - began) / 1000;
  const first = await waitFor(
    async () => {
      const { items } = anySchema.parse(await api.call("GET", "/v1/conversations?view=all&limit=1"));
      return items.length > 0 ? since() : null;
    },
    25,
    () => api.call("POST", "/v1/mailboxes", mailboxInput(options)),
  );
  const status = async () => statusSchema.parse(await api.call("GET", "/v1/status")).mailboxes[0];
  const live = await waitFor(async () => {
    const mailbox = await status();
    if (mailbox?.state !== "live" || mailbox.messages < options.messages) return null;
    return (Date.parse(mailbox.stateSince) - beganAt) / 1000;
  }, 1_000); // it tells since when itself: asking more often would only disturb
  const searchable = await waitFor(async () => {
    const mailbox = await status();
    return mailbox !== undefined && mailbox.searchable >= options.messages ? since() : null;
  }, 50);
  return { firstSeconds: first, liveSeconds: live, searchableSeconds: searchable, ...meter.stop() };
}

/** Asks until there is an answer. `start` begins what is waited for. */
async function waitFor(
  ask: () => Promise<number | null>,
  everyMs: number,
  start?: () => Promise<unknown>,
): Promise<number> {
  const until = performance.now() + limitMs;
  const starting = start?.();
  for (;;) {
    const answer = await ask();
    if (answer !== null) {
      await starting;
      return answer;
    }
    if (performance.now() > until) throw new Error("the mailbox did not get in step within five minutes");
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}
