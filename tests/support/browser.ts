/** Debian's Chromium by playwright-core, and axe for accessibility. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { owner } from "./product.ts";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const screens = fileURLToPath(new URL("../../test-results/screens/", import.meta.url));

/** @throws Error that says what to install */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = candidates.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error("No Chromium here: apt-get install chromium");
  return chromium.launch({
    executablePath,
    env: { ...process.env, LC_ALL: "C.UTF-8" }, // without UTF-8 it calls a file with an umlaut "download"
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Look {
  width: number;
  height: number;
  colorScheme: "light" | "dark";
  locale: "en-US" | "zh-CN";
}

export const wideLight: Look = { width: 1440, height: 900, colorScheme: "light", locale: "en-US" };

/** A fresh browser profile; complains of errors in the page's console through `onError`. */
export async function openContext(
  browser: Browser,
  look: Look,
  onError: (text: string) => void,
): Promise<BrowserContext> {
  const { width, height, colorScheme, locale } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale,
    reducedMotion: "reduce",
  });
  context.on("page", (page) => {
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => onError(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text()))
        onError(`${page.url()}: ${message.text()}`);
    });
  });
  return context;
}

/** The owner that `hitchpost setup` made signs in, on the page that asks for it. */
export async function signIn(page: Page): Promise<void> {
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** Keeps a picture of the screen as an artefact. */
export async function keepScreen(page: Page, name: string): Promise<void> {
  mkdirSync(screens, { recursive: true });
  await page.screenshot({ path: `${screens}${name}.png` });
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { target: string[]; failureSummary?: string }[] }[];
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** WCAG 2.2 A and AA violations on the page, one line each; frames with mail are the sender's and left out. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axePath, "utf8")); // by the debugger, which the policy does not bind
  const result = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(context: object, options: object): Promise<AxeResult> };
    };
    return axe.run(
      { exclude: [["iframe"]] },
      { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], iframes: false },
    );
  });
  return result.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`)
        .slice(0, 3)
        .join(" | ")}`,
  );
}
