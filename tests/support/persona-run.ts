/** Drives a persona through the wizard as a person does in the browser, and notes what the wizard says and when. */
import { createConnectService, type ConnectService } from "../../src/connect/service.ts";
import { registrations } from "../../sandbox/identity/registration.ts";
import { personas, type Persona } from "../../sandbox/personas.ts";
import { TestBrowser, type Shown } from "../../sandbox/testing/browser.ts";
import { sandboxApp } from "../../src/app/apps.ts";
import { findingOf } from "../../src/connect/findings/decide.ts";
import { wordFinding } from "../../src/connect/findings/words.ts";
import { verifyConnection } from "../../src/connect/verify.ts";
import { systemClock } from "../../src/core/clock.ts";
import { getMailbox } from "../../src/store/mailboxes.ts";
import type { ConnectRig } from "./connect.ts";
import type { ApplicationCase, PersonaCase } from "./persona-findings.ts";

/** What the wizard said in the end. */
export interface Said {
  /** `connected` where there is nothing to find. */
  code: string;
  title: string;
  evidence: string[];
  /** From the browser's return, or the press of the button, to the answer. */
  ms: number;
}

const personaOf = (id: string): Persona => {
  const persona = personas.find((one) => one.id === id);
  if (persona === undefined) throw new Error(`no persona is called ${id}`);
  return persona;
};

/** How the person goes through Microsoft's pages. */
interface Way {
  /** The address that is typed into the wizard. Default: the persona's own. */
  typed?: string;
  /** On the page of permissions. */
  press?: "Accept" | "Cancel";
}

/** Through the sandbox's pages, whatever they show, until the browser is sent back. */
async function throughPages(
  browser: TestBrowser,
  start: string,
  persona: Persona,
  press: string,
): Promise<Shown> {
  let page = await browser.open(start);
  for (let steps = 0; page.status !== 0 && steps < 5; steps += 1) {
    const signsIn = page.html.includes(`name="persona" value="${persona.oid}"`);
    const button = signsIn
      ? persona.address
      : ["Return to Hitchpost", press].find((name) => page.html.includes(name));
    if (button === undefined) return page; // a page that leads nowhere: Microsoft keeps the browser
    page = await browser.press(page, button);
  }
  return page;
}

/** Official Authorization in a browser, up to the finding or the connection. */
async function authorize(
  rig: ConnectRig,
  id: string,
  way: Way = {},
): Promise<Said & { mailboxId: string | null }> {
  const persona = personaOf(id);
  const begun = await rig.begin(way.typed ?? persona.address, { provider: "sandbox" });
  const browser = new TestBrowser(rig.url, "en", "/oauth/callback");
  const back = await throughPages(browser, await rig.start(browser, begun), persona, way.press ?? "Accept");
  if (back.status !== 0) throw new Error(`${id} was left on a page:\n${back.html}`);
  const began = performance.now();
  await rig.call(back.url.pathname + back.url.search, { headers: { cookie: browser.cookie } });
  const settled = await rig.settled(begun.id);
  const ms = performance.now() - began;
  return { ...said(settled.finding), ms, mailboxId: settled.mailboxId };
}

type Told = { code: string; title: string; evidence: { line: string }[] } | null;

const said = (finding: Told): Omit<Said, "ms"> =>
  finding === null
    ? { code: "connected", title: "", evidence: [] }
    : { code: finding.code, title: finding.title, evidence: finding.evidence.map(({ line }) => line) };

/** The account has consented to Graph before, as one that was read over Graph once: the doctor may look there. */
async function consentToGraph(rig: ConnectRig, id: string): Promise<void> {
  const graph = ["Mail.ReadWrite", "Mail.Send", "User.Read"].map(
    (name) => `https://graph.microsoft.com/${name}`,
  );
  const query = new URLSearchParams({
    client_id: rig.facts.clientId,
    redirect_uri: `${rig.url}/oauth/callback`,
    response_type: "code",
    scope: ["openid", "offline_access", ...graph].join(" "),
  });
  const browser = new TestBrowser(rig.url, "en", "/oauth/callback");
  const start = `${rig.facts.publicUrl}/common/oauth2/v2.0/authorize?${query}`;
  const { url } = await throughPages(browser, start, personaOf(id), "Accept");
  if (!url.searchParams.has("code")) throw new Error(`${id} did not consent to Graph: ${url.href}`);
}

/** Connects, ends the access token as an hour does, and presses *Test connection*. */
async function testLater(rig: ConnectRig, id: string): Promise<Said> {
  const first = await authorize(rig, id);
  if (first.code !== "connected") return first;
  await rig.admin("tokens/expire", { address: personaOf(id).address });
  const began = performance.now();
  const { json } = await rig.ask(`/v1/mailboxes/${first.mailboxId}/test`, { method: "POST" });
  return { ...said(json["finding"] as Told), ms: performance.now() - began };
}

/** By device code: the code is entered on another device. */
async function byDevice(rig: ConnectRig, id: string): Promise<Said> {
  const persona = personaOf(id);
  const begun = await rig.begin(persona.address, { provider: "sandbox", flow: "device" });
  const browser = new TestBrowser(rig.url);
  const { userCode = "", verificationUri = "" } = begun.device ?? {};
  let page = await browser.open(verificationUri);
  page = await browser.press(page, "Next", { user_code: userCode });
  page = await browser.press(page, "Continue");
  page = await browser.press(page, persona.address);
  const button = ["Return to Hitchpost", "Accept"].find((name) => page.html.includes(name));
  if (button !== undefined) await browser.press(page, button);
  const began = performance.now();
  const settled = await rig.settled(begun.id);
  return { ...said(settled.finding), ms: performance.now() - began };
}

/** With an operator's mistaken application in place of the right one; Microsoft's page may keep the browser. */
export async function withApplication(rig: ConnectRig, { app, secret }: ApplicationCase): Promise<Said> {
  const { clientId, clientSecret } = registrations.find((one) => one.clientId.endsWith(app))!;
  const connectApp = sandboxApp(
    // A public client has none, which the type of the sandbox's facts does not know.
    { ...rig.facts, clientId, clientSecret: secret === undefined ? clientSecret : (secret as string) },
    `${rig.url}/oauth/callback`,
    systemClock,
  );
  const service = createConnectService({
    ...rig.deps.connect.parts,
    apps: () => ({ microsoft: null, sandbox: connectApp }),
  });
  try {
    return await throughService(rig, service, personaOf("well"));
  } finally {
    await service.close();
  }
}

async function throughService(rig: ConnectRig, service: ConnectService, persona: Persona): Promise<Said> {
  const { tenant, owner } = rig.team;
  const begun = await service.begin(tenant, {
    address: persona.address,
    provider: "sandbox",
    flow: "browser",
    mailboxId: undefined,
    requestedBy: owner,
  });
  const { redirectTo, binding } = await service.start(begun.secret.link ?? "");
  const browser = new TestBrowser(rig.url, "en", "/oauth/callback");
  const back = await throughPages(browser, redirectTo, persona, "Accept");
  if (back.status !== 0) return onPage(back);
  const began = performance.now();
  await service.callback(back.url, () => binding);
  for (;;) {
    const now = await service.attempt(tenant, begun.id);
    if (!["waiting", "authorizing", "verifying"].includes(now.step))
      return {
        ...said(now.finding === null ? null : wordFinding(now.finding, "en")),
        ms: performance.now() - began,
      };
    await systemClock.sleep(50);
  }
}

/** What Microsoft's own page says, where it never sends the browser back. */
const onPage = ({ html }: Shown): Said => ({
  code: /AADSTS\d+/.exec(html)?.[0] ?? "a page without a number",
  title: "Microsoft’s own page",
  evidence: [],
  ms: 0,
});

/** Drives one case to what the wizard says. */
export function drive(rig: ConnectRig, { id, way, typed }: PersonaCase): Promise<Said> {
  switch (way) {
    case "sign-in":
      return authorize(rig, id, typed === undefined ? {} : { typed });
    case "graph-consented":
      return consentToGraph(rig, id).then(() => authorize(rig, id));
    case "cancel":
      return authorize(rig, id, { press: "Cancel" });
    case "later":
      return testLater(rig, id);
    case "device":
      return byDevice(rig, id);
    case "send":
      return sendAs(rig, id);
    case "password":
      return byPassword(rig, id);
  }
}

/** An app password against the mail servers, as the wizard tries it before anything is stored. */
async function byPassword(rig: ConnectRig, id: string): Promise<Said> {
  const { address, password } = personaOf(id);
  const { parts } = rig.deps.connect;
  const { imap, smtp } = parts.apps().sandbox!;
  const credentials = async () => ({ user: address, pass: password });
  const began = performance.now();
  const { finding } = await verifyConnection({
    clock: systemClock,
    address,
    method: "password",
    imapHost: imap.host,
    smtpHost: smtp.host,
    onCheck: () => undefined,
    openSource: () => parts.openSource(imap, credentials),
    openSender: () => parts.openSender(smtp, credentials),
  });
  return { ...said(finding === null ? null : wordFinding(finding, "en")), ms: performance.now() - began };
}

/** Connects, and sends a mail: what is found in the refusal. */
async function sendAs(rig: ConnectRig, id: string): Promise<Said> {
  const first = await authorize(rig, id);
  if (first.mailboxId === null) throw new Error(`${id} did not connect: ${first.code}`);
  const { address } = personaOf(id);
  const began = performance.now();
  const error = await refusalOfSending(rig, first.mailboxId, address);
  const failure = {
    step: "sending",
    error,
    method: "oauth",
    address,
    host: "",
    at: systemClock.now(),
  } as const;
  return {
    ...said(error === null ? null : wordFinding(findingOf(failure), "en")),
    ms: performance.now() - began,
  };
}

async function refusalOfSending(rig: ConnectRig, mailboxId: string, address: string): Promise<unknown> {
  const mailbox = await getMailbox(rig.team.tenant, mailboxId);
  const sender = rig.deps.connect.openSender(rig.team.tenant, mailbox)!;
  try {
    const raw = Buffer.from(`From: ${address}\r\nTo: well@outlook.example\r\nSubject: x\r\n\r\nx\r\n`);
    await sender.send(raw, { from: address, to: ["well@outlook.example"] }, () => undefined);
    return null;
  } catch (error) {
    return error;
  } finally {
    await sender.close();
  }
}
