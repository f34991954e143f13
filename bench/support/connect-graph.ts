/** Connects a persona of the product's own sandbox over Graph, by device code as on a server without a browser. */
import { z } from "zod";
import { TestBrowser } from "../../sandbox/testing/browser.ts";
import { mailboxesIn, type Hitchpost } from "./hitchpost.ts";

const attemptSchema = z.object({
  id: z.string(),
  step: z.string(),
  mailboxId: z.string().nullable(),
  finding: z.object({ code: z.string() }).nullable(),
  device: z.object({ userCode: z.string(), verificationUri: z.string() }).nullable(),
});
type Attempt = z.infer<typeof attemptSchema>;

const limitMs = 60_000;
const underWay = new Set(["waiting", "authorizing", "verifying"]);

/**
 * Resolves when its Inbox is imported and live.
 *
 * @throws Error when the sign-in ends in a finding
 */
export async function connectOverGraph({ api, product }: Hitchpost, address: string): Promise<string> {
  const body = { address, provider: "sandbox", flow: "device", transport: "graph" };
  const begun = attemptSchema.parse(await api.call("POST", "/v1/mailboxes/authorize", body));
  await enterCode(new TestBrowser(product.url), begun, address);
  const { mailboxId, finding } = await settled(api, begun.id);
  if (mailboxId === null) throw new Error(`${address} was not connected: ${finding?.code}`);
  await api.call("PUT", `/v1/mailboxes/${mailboxId}/folders`, {
    selected: await inboxOf(api, mailboxId),
    history: "all",
  });
  await mailboxesIn(api, (all) => all.some((one) => one.address === address && one.state === "live"));
  return mailboxId;
}

async function enterCode(browser: TestBrowser, { device }: Attempt, address: string): Promise<void> {
  if (device === null) throw new Error("no device code was given");
  let page = await browser.open(device.verificationUri);
  page = await browser.press(page, "Next", { user_code: device.userCode });
  page = await browser.press(page, "Continue");
  page = await browser.press(page, address);
  await browser.press(page, "Accept");
}

async function settled(api: Hitchpost["api"], id: string): Promise<Attempt> {
  for (const until = performance.now() + limitMs; performance.now() < until;) {
    const attempt = attemptSchema.parse(await api.call("GET", `/v1/attempts/${id}`));
    if (!underWay.has(attempt.step)) return attempt;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error("the sign-in did not end within a minute");
}

async function inboxOf(api: Hitchpost["api"], mailboxId: string): Promise<string[]> {
  const folders = await api.all<{ id: string; role: string | null }>(`/v1/mailboxes/${mailboxId}/folders`);
  return folders.filter(({ role }) => role === "inbox").map(({ id }) => id);
}
