/** The operator enters a Microsoft app on the page, Check app finds the pasted ID, and a mailbox is connected through it. */
import { rm } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from "vitest";
import { startSandboxProcess, type SandboxProcess } from "../../src/app/sandbox-process.ts";
import { systemClock } from "../../src/core/clock.ts";
import {
  accessibilityProblems,
  keepScreen,
  launchBrowser,
  openContext,
  signIn,
  wideLight,
  type Look,
} from "../support/browser.ts";
import { openDirectory, startProduct, type Product } from "../support/product.ts";
import { silentLog } from "../support/silent-log.ts";

const secretId = "0f6a7c2e-91d4-4b7e-8a35-5e2d1c0b9f47";
const well = "well@outlook.example";

let sandboxDir: string;
let sandbox: SandboxProcess;
let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let apiKey: string;
const pageErrors: string[] = [];

beforeAll(async () => {
  sandboxDir = await openDirectory("hitchpost-microsoft-");
  sandbox = await startSandboxProcess({
    dataDir: sandboxDir,
    publicUrl: null,
    log: silentLog,
    clock: systemClock,
  });
  const { loginUrl, imapPort, smtpPort } = sandbox.facts();
  product = await startProduct({
    env: {
      HITCHPOST_SANDBOX: "off",
      HITCHPOST_MICROSOFT_LOGIN_URL: loginUrl,
      HITCHPOST_MICROSOFT_IMAP: `127.0.0.1:${imapPort}:none`,
      HITCHPOST_MICROSOFT_SMTP: `127.0.0.1:${smtpPort}:none`,
    },
  });
  apiKey = await product.setup();
  browser = await launchBrowser();
  context = await openContext(browser, wideLight, (text) => pageErrors.push(text));
  page = await context.newPage();
  await page.goto(`${product.url}/settings/microsoft`);
  await signIn(page);
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await sandbox?.close();
  await rm(sandboxDir, { recursive: true, force: true });
});

beforeEach(() => {
  onTestFailed(() => keepScreen(page, "microsoft-app-failed"));
});

const button = (name: RegExp | string) => page.getByRole("button", { name, exact: true });
const check = (id: string) => page.locator(`[data-check=${id}]`);

test("the guide shows what goes where, and the secret's ID is named before it is sent", async () => {
  await page.getByRole("heading", { name: "Add the redirect address" }).waitFor();
  expect(await page.getByLabel("Redirect URI").inputValue()).toBe(`${product.url}/oauth/callback`);
  await page.getByText("IMAP.AccessAsUser.All").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await keepScreen(page, "microsoft-guide");
  await button("Enter an app").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Application (client) ID").fill(sandbox.facts().clientId);
  await dialog.getByLabel("Client secret, the Value").fill(secretId);
  await dialog.getByText("This looks like the secret’s ID.").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await keepScreen(page, "microsoft-dialog");
});

test("Check app says so too, with what Microsoft answered; corrected, all that can be seen is well", async () => {
  await button("Save and check").click();
  await page.getByRole("heading", { name: "This is the secret's ID, not its value" }).waitFor();
  expect(await check("secret").getAttribute("data-state")).toBe("failed");
  expect(await check("redirect").getAttribute("data-state")).toBe("ok");
  await page.getByText("What we saw").click();
  await page.getByText(/AADSTS7000215/).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await keepScreen(page, "microsoft-finding");
  await button("Edit Microsoft app").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Client secret, the Value").fill(sandbox.facts().clientSecret);
  await dialog.getByLabel("Last day of the secret").fill("2099-12-31");
  await button("Save and check").click();
  await page.getByText("Nothing is wrong that can be seen without signing in.").waitFor();
  for (const id of ["tenant", "client", "secret", "redirect", "audience", "public_url", "clock"])
    expect([id, await check(id).getAttribute("data-state")]).toEqual([id, "ok"]);
  expect(await page.content()).not.toContain(sandbox.facts().clientSecret);
  await page.getByText("Changes", { exact: true }).click();
  await page.getByText(/changed: .*secret/).waitFor();
  await keepScreen(page, "microsoft-well");
});

test("the command line says the same", async () => {
  const { code, stdout } = await product.command(["check-app", "--json"], { apiKey });
  const { apps } = JSON.parse(stdout) as { apps: { findings: unknown[]; check: { checks: unknown[] } }[] };
  expect([code, apps.map(({ findings }) => findings)]).toEqual([0, [[]]]);
});

test("a mailbox is connected through it, and the page tells who uses the app", async () => {
  await page.goto(`${product.url}/connect/new`);
  await page.getByLabel("E-mail address").fill(well);
  await button("Continue").click();
  await button("Continue to the sign-in").click();
  await page.getByRole("button", { name: /^Continue to Microsoft/ }).click();
  await page.getByRole("button", { name: new RegExp(well) }).click();
  await button("Accept").click();
  await page.waitForURL(/step=folders/, { timeout: 20_000 });
  await page.goto(`${product.url}/settings/microsoft`);
  await page.getByText("1 mailbox", { exact: true }).waitFor();
  await button("More for Microsoft app").click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText(/in use by well@outlook\.example/).waitFor();
});

const looks: [string, Partial<Look>][] = [
  ["a phone in the dark, in Chinese", { width: 390, height: 844, colorScheme: "dark", locale: "zh-CN" }],
];

test.each(looks)("on %s nothing runs out of the screen, WCAG AA", async (_what, look) => {
  const small = await openContext(browser, { ...wideLight, ...look }, (text) => pageErrors.push(text));
  await small.addCookies(await context.cookies());
  const other = await small.newPage();
  await other.goto(`${product.url}/settings/microsoft`);
  await other.locator("article").waitFor();
  await other.locator("details").last().locator("summary").click();
  expect(await accessibilityProblems(other)).toEqual([]);
  expect(await other.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await keepScreen(other, "microsoft-phone");
  await small.close();
});

test("no page had an error", () => {
  expect(pageErrors).toEqual([]);
});
