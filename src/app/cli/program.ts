/** The commands and their options. */
import { Command, CommanderError, Option } from "commander";
import { exitCodes } from "./exit.ts";
import { explainKinds, explainSteps } from "../../connect/doctor/explain.ts";
import { programVersion } from "../version.ts";

/** A command's own code, loaded when it is the one that was asked for: the others bring half the program with them. */
const later =
  <Args extends unknown[]>(load: () => Promise<(...args: Args) => void | Promise<void>>) =>
  async (...args: Args): Promise<void> =>
    (await load())(...args);

const footer = `
Exit codes: 0 done · 1 what was asked for failed · 2 wrong options or configuration · 3 no server answers · 4 time ran out
Configuration is by environment variables: docs/config.md.`;

const security = (flag: string, meaning: string): Option =>
  new Option(`${flag} <security>`, meaning).choices(["none", "starttls", "tls"]);

/** The whole command line; parsing it runs the command. */
export function buildProgram(): Command {
  const program = new Command("hitchpost")
    .description(
      "Connects Outlook mailboxes to a team inbox of your own, and says why when a connection fails.",
    )
    .version(programVersion)
    .addHelpText("after", footer)
    .exitOverride(onCommanderExit);
  program
    .command("serve")
    .description("Run the server: database, sync, API and web page")
    .action(later(async () => (await import("./serve.ts")).serveCommand));
  program
    .command("worker")
    .description("Sync mailboxes beside the server, on this machine or another one")
    .action(later(async () => (await import("./worker.ts")).workerCommand));
  program
    .command("setup")
    .description("Make the first owner without a browser, on the server's machine")
    .requiredOption("--email <address>", "the owner's address")
    .requiredOption("--name <name>", "the owner's name")
    .requiredOption("--workspace <name>", "the team's name")
    .requiredOption("--password-stdin", "read the password from standard input")
    .option("--json", "print { workspaceId, apiKey }")
    .action(later(async () => (await import("./setup.ts")).setupCommand));
  addConnect(program);
  program
    .command("status")
    .description("State of the server and its mailboxes")
    .option("--json", "print JSON")
    .action(later(async () => (await import("./status.ts")).statusCommand));
  program
    .command("backup")
    .description("Write database and blobs to one file; the key file is kept apart")
    .argument("<file>", "file to write")
    .option("--json", "print JSON")
    .action(later(async () => (await import("./backup.ts")).backupCommand));
  program
    .command("restore")
    .description("Read a backup into an empty data directory or database")
    .argument("<file>", "file that `hitchpost backup` wrote")
    .option("--json", "print JSON")
    .action(later(async () => (await import("./backup.ts")).restoreCommand));
  program
    .command("sandbox")
    .description("Run the stand-in for Microsoft alone")
    .option("--http-port <port>", "port of its pages", "4010")
    .option("--imap-port <port>", "port of IMAP", "4143")
    .option("--smtp-port <port>", "port of submission", "4587")
    .option("--pop-port <port>", "port of POP3", "4995")
    .action(later(async () => (await import("./sandbox.ts")).sandboxCommand));
  addDoctor(program);
  addMaintenance(program);
  for (const command of program.commands) command.exitOverride(onCommanderExit).addHelpText("after", footer);
  return program;
}

function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description(
      "Test a connected mailbox, or look at an address before it is connected, and name the cause of what fails",
    )
    .argument("<address>", "a mailbox's address")
    .option("--json", "print JSON: docs/doctor.schema.json")
    .action(later(async () => (await import("./doctor.ts")).doctorCommand));
  program
    .command("explain")
    .description("Say what an error text of any mail program means; nothing is contacted or kept")
    .argument("[file]", "file with the text; - or nothing: standard input")
    .addOption(new Option("--step <step>", "what was being done").choices(explainSteps))
    .addOption(new Option("--kind <kind>", "the account's kind").choices(explainKinds))
    .addOption(new Option("--lang <language>", "of the answer").choices(["en", "zh"]).default("en"))
    .option("--json", 'print { "findings": [{ code, confidence, title, fix }] }')
    .addHelpText("after", "\nExit codes of explain: 0 a finding fits · 1 nothing is recognised · 2 wrong use")
    .action(later(async () => (await import("./explain.ts")).explainCommand));
}

function addMaintenance(program: Command): void {
  program
    .command("check-app")
    .description("Find the mistakes of Microsoft apps before anybody signs in")
    .argument("[app]", "its id, name or client id; all of them when left out")
    .option("--json", "print { apps }")
    .action(later(async () => (await import("./check-app.ts")).checkAppCommand));
  program
    .command("rotate-key")
    .description("Encrypt all stored sign-ins with a new key; stop the server first")
    .option("--json", "print JSON")
    .action(later(async () => (await import("./rotate-key.ts")).rotateKeyCommand));
  program
    .command("migrate")
    .description("Bring the database's schema up to date and end")
    .action(later(async () => (await import("./migrate.ts")).migrateCommand));
}

function addConnect(program: Command): void {
  program
    .command("connect")
    .description("Connect a mailbox: by password, or by device code at Microsoft")
    .requiredOption("--email <address>", "a mailbox's address")
    .addOption(
      new Option("--method <method>", "how to sign in").choices(["password", "device"]).default("device"),
    )
    .option("--imap-host <host>", "IMAP server; looked up for the address when left out")
    .option("--imap-port <port>", "IMAP port; 993 for tls, else 143, when left out")
    .addOption(security("--imap-security", "of the IMAP connection").default("tls"))
    .option("--username <name>", "user name; the address when left out")
    .option("--password-stdin", "read the password from standard input")
    .option("--smtp-host <host>", "server for sending")
    .option("--smtp-port <port>", "its port; 465 for tls, else 587, when left out")
    .addOption(security("--smtp-security", "of the connection for sending").default("starttls"))
    .option("--folders <paths>", 'folders by commas, as "INBOX,Sent"; Inbox and Sent when left out')
    .addOption(
      new Option("--history <range>", "how far back")
        .choices(["all", "1y", "3m", "1m", "none"])
        .default("all"),
    )
    .option("--shared", "with device: a shared mailbox, opened by who signs in")
    .addOption(
      new Option("--transport <way>", "with device: how mail comes; left out: IMAP").choices([
        "imap",
        "graph",
        "pop3",
      ]),
    )
    .option("--alias", "with device: the address may be another name of the account, which is proved")
    .option("--read-only", "change nothing in the mailbox")
    .option("--keep-raw", "keep the original of every message here")
    .option("--wait", "until everything is imported")
    .option("--timeout <seconds>", "how long --wait waits", "3600")
    .option("--json", "print JSON")
    .action(later(async () => (await import("./connect.ts")).connectCommand));
}

/** commander has printed --help (0), or what is wrong with the options, which is 2 here. */
function onCommanderExit(error: CommanderError): never {
  if (error.exitCode === 0) process.exit(exitCodes.ok);
  if (process.argv.includes("--json")) {
    const message = error.message.replace(/^error: /, "");
    process.stdout.write(`${JSON.stringify({ error: { code: "usage", message, hint: "" } })}\n`);
  }
  process.exit(exitCodes.usage);
}
