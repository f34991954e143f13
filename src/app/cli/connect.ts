/** `hitchpost connect`: the wizard's steps on the command line. */
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import { z } from "zod";
import { attemptSchema } from "../../api/connect/schema.ts";
import { findingSchema, foldersSchema, mailboxSchema } from "../../api/mailboxes/schema.ts";
import { statusSchema } from "../../api/system/schema.ts";
import { systemClock } from "../../core/clock.ts";
import { readConfig } from "../config.ts";
import { createClient, type Client } from "./client.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { findServers } from "./found-servers.ts";
import { readPassword } from "./stdin.ts";

interface ConnectOptions {
  email: string;
  method: "password" | "device";
  imapHost?: string;
  imapPort?: string;
  imapSecurity: "none" | "starttls" | "tls";
  username?: string;
  passwordStdin?: boolean;
  smtpHost?: string;
  smtpPort?: string;
  smtpSecurity: "none" | "starttls" | "tls";
  folders?: string;
  history: "all" | "1y" | "3m" | "1m" | "none";
  readOnly?: boolean;
  keepRaw?: boolean;
  shared?: boolean;
  transport?: string;
  alias?: boolean;
  wait?: boolean;
  timeout: string;
  json?: boolean;
}

type Mailbox = z.output<typeof mailboxSchema>;
type Finding = z.output<typeof findingSchema>;

export async function connectCommand(options: ConnectOptions): Promise<void> {
  const client = createClient(readConfig());
  const deadline = systemClock.monotonic() + numberOf(options.timeout, "--timeout") * 1000;
  const mailbox =
    options.method === "password"
      ? await byPassword(client, options)
      : await byDevice(client, options, deadline);
  const last =
    options.wait === true
      ? await waitUntilLive(client, mailbox.id, deadline, options.json === true)
      : mailbox;
  if (options.json === true) process.stdout.write(`${JSON.stringify(last)}\n`);
  else process.stdout.write(`${last.address} is connected (${last.state.replaceAll("_", " ")}).\n`);
}

function numberOf(text: string, option: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new CommandError(exitCodes.usage, `${option} takes a number, not “${text}”.`);
}

/** RFC 8314 (TLS), RFC 9051 and RFC 6409 (STARTTLS). */
const usualPorts = {
  imap: { tls: 993, starttls: 143, none: 143 },
  smtp: { tls: 465, starttls: 587, none: 587 },
};

export const portOf = (
  given: string | undefined,
  kind: keyof typeof usualPorts,
  security: "none" | "starttls" | "tls",
): number => (given === undefined ? usualPorts[kind][security] : numberOf(given, `--${kind}-port`));

const folderPaths = (options: ConnectOptions): string[] | undefined =>
  options.folders
    ?.split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "");

/** What the options name; a port that is left out is the usual one. */
const namedServers = (options: ConnectOptions) => ({
  imap: {
    host: options.imapHost ?? "",
    port: portOf(options.imapPort, "imap", options.imapSecurity),
    security: options.imapSecurity,
  },
  smtp:
    options.smtpHost === undefined
      ? null
      : {
          host: options.smtpHost,
          port: portOf(options.smtpPort, "smtp", options.smtpSecurity),
          security: options.smtpSecurity,
        },
});

async function byPassword(client: Client, options: ConnectOptions): Promise<Mailbox> {
  if (options.passwordStdin !== true) {
    throw new CommandError(
      exitCodes.usage,
      "--method password needs --password-stdin.",
      "A password on the command line can be seen by others on this machine.",
    );
  }
  const folders = folderPaths(options);
  const found = options.imapHost === undefined ? await findServers(client, options.email) : null;
  const { imap, smtp } = namedServers(options);
  return client.call("POST", "/v1/mailboxes", mailboxSchema, {
    address: options.email,
    imap: found?.imap ?? imap,
    smtp: smtp ?? found?.smtp ?? null,
    username: options.username ?? found?.username ?? options.email,
    password: await readPassword(),
    folders: folders ?? [],
    history: options.history,
    readOnly: options.readOnly === true,
    keepRaw: options.keepRaw === true,
  });
}

/** Prints the code, waits until it was entered and checked, then chooses folders. */
async function byDevice(client: Client, options: ConnectOptions, deadline: number): Promise<Mailbox> {
  let attempt = await client.call("POST", "/v1/mailboxes/authorize", attemptSchema, {
    address: options.email,
    flow: "device",
    ...(options.shared === true ? { shared: true } : {}),
    ...(options.transport === undefined ? {} : { transport: options.transport }),
  });
  if (attempt.device) {
    process.stderr.write(
      `Open ${attempt.device.verificationUri} and enter the code ${attempt.device.userCode}` +
        ` (${minutesUntil(attempt.device.expiresAt)} minutes left)\n`,
    );
  }
  let proving = false;
  while (attempt.mailboxId === null) {
    if (attempt.step === "finding" && attempt.finding) {
      if (proving || options.alias !== true || !attempt.mayDecide) throw findingError(attempt.finding);
      proving = true;
      process.stderr.write(
        `Looking for mail to ${options.email} there, to prove that it is the same mailbox…\n`,
      );
      await client.call("POST", `/v1/attempts/${attempt.id}/decide`, attemptSchema, { what: "alias" });
    }
    if (attempt.step === "expired")
      throw new CommandError(exitCodes.failed, "the code has run out.", "Run the command again.");
    await pause(deadline, 1_000);
    attempt = await client.call("GET", `/v1/attempts/${attempt.id}`, attemptSchema);
  }
  const { mailboxId } = attempt;
  const known = await client.call("GET", `/v1/mailboxes/${mailboxId}`, mailboxSchema);
  if (attempt.step === "kept" && attempt.finding) {
    process.stderr.write(keptText(attempt.finding));
    return known; // its folders are taken by themselves when it is ready
  }
  if (known.foldersChosen && options.folders === undefined) return known; // a reconnect keeps what was chosen
  const selected = folderPaths(options) ?? (await usualFolders(client, mailboxId, deadline));
  await client.call("PUT", `/v1/mailboxes/${mailboxId}/folders`, foldersSchema, {
    selected,
    history: options.history,
    readOnly: options.readOnly === true,
  });
  if (options.keepRaw === true)
    await client.call("PATCH", `/v1/mailboxes/${mailboxId}`, mailboxSchema, { keepRaw: true });
  return client.call("GET", `/v1/mailboxes/${mailboxId}`, mailboxSchema);
}

const minutesUntil = (time: string): number =>
  Math.max(1, Math.round((Date.parse(time) - systemClock.now()) / 60_000));

/** Inbox and Sent, once the folders are listed. */
async function usualFolders(client: Client, mailboxId: string, deadline: number): Promise<string[]> {
  const path = `/v1/mailboxes/${mailboxId}/folders`;
  let page = await client.call("GET", path, foldersSchema);
  while (!page.listed) {
    await pause(deadline, 500);
    page = await client.call("GET", path, foldersSchema);
  }
  const folders = [...page.items];
  while (page.nextCursor !== null) {
    page = await client.call("GET", `${path}?cursor=${page.nextCursor}`, foldersSchema);
    folders.push(...page.items);
  }
  return folders.filter((one) => one.role === "inbox" || one.role === "sent").map((one) => one.id);
}

/** Until the mailbox is live and every message of it can be searched. */
async function waitUntilLive(client: Client, id: string, deadline: number, quiet: boolean): Promise<Mailbox> {
  const progress = createBar(quiet);
  try {
    for (;;) {
      const mailbox = await client.call("GET", `/v1/mailboxes/${id}`, mailboxSchema);
      if (mailbox.progress) progress.show(mailbox.progress.done, mailbox.progress.total);
      if (mailbox.state === "needs_attention" && mailbox.finding) throw findingError(mailbox.finding);
      if (mailbox.state === "live" && (await isSearchable(client, id))) return mailbox;
      await pause(deadline, 500);
    }
  } finally {
    progress.stop();
  }
}

async function isSearchable(client: Client, id: string): Promise<boolean> {
  const status = await client.call("GET", "/v1/status", statusSchema);
  const mailbox = status.mailboxes.find((one) => one.id === id);
  return mailbox !== undefined && mailbox.searchable >= mailbox.messages;
}

/** A progress bar on a terminal, nothing elsewhere. */
function createBar(quiet: boolean): { show(done: number, total: number): void; stop(): void } {
  if (quiet || !process.stderr.isTTY) return { show: () => undefined, stop: () => undefined };
  const bars = new MultiBar(
    { stream: process.stderr, format: "{bar} {value} of {total} · {eta_formatted} left", hideCursor: true },
    Presets.rect,
  );
  let bar: SingleBar | undefined;
  const onInterrupt = (): void => {
    bars.stop(); // shows the cursor again
    process.stderr.write("The server goes on by itself; `hitchpost status` shows how far it is.\n");
    process.exit(130); // as a shell tells of Ctrl-C
  };
  process.once("SIGINT", onInterrupt);
  return {
    show: (done, total) => {
      bar ??= bars.create(total, 0);
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => {
      process.off("SIGINT", onInterrupt);
      bars.stop();
    },
  };
}

async function pause(deadline: number, ms: number): Promise<void> {
  if (systemClock.monotonic() > deadline) {
    throw new CommandError(
      exitCodes.timeout,
      "time ran out; the server goes on by itself.",
      "`hitchpost status` shows how far it is.",
    );
  }
  await systemClock.sleep(ms);
}

/** The ways out a line each, then what the servers said. */
/** Why a mailbox that is kept does not open yet, what makes it quicker, and what happens by itself. */
export const keptText = ({ title, cause, steps, meanwhile }: Finding): string =>
  [`${title}. ${cause}`, ...steps.map((way) => `  ${wayOut(way)}`), meanwhile, ""].join("\n");

const wayOut = ({ text, detail, link }: Finding["steps"][number]): string =>
  [detail === null ? text : `${text}${text.endsWith("?") ? "" : ":"} ${detail}`, link]
    .filter((part) => part !== null)
    .join(" ");

export const findingError = (finding: Finding): CommandError =>
  new CommandError(
    exitCodes.failed,
    `${finding.title}. ${finding.cause}`,
    [...finding.steps.map(wayOut), ...finding.evidence.map(({ line }) => `Seen: ${line}`)].join("\n  "),
    finding.code,
  );
