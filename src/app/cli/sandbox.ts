/** `hitchpost sandbox`: the stand-in for Microsoft alone, for programs of others too. */
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { freePort } from "../../store/embedded/cluster.ts";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startSandboxProcess } from "../sandbox-process.ts";
import { CommandError, exitCodes } from "./exit.ts";

interface SandboxCommandOptions {
  httpPort: string;
  imapPort: string;
  smtpPort: string;
  popPort: string;
}

const portOf = (text: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new CommandError(exitCodes.usage, `“${text}” is not a port.`);
};

async function assertFree(option: string, port: number): Promise<void> {
  if (port === 0 || (await freePort(port)) === port) return;
  throw new CommandError(exitCodes.usage, `port ${port} is in use: choose another by ${option}, 0 for any.`);
}

export async function sandboxCommand(options: SandboxCommandOptions): Promise<void> {
  const config = readConfig();
  const ports = {
    http: portOf(options.httpPort),
    imap: portOf(options.imapPort),
    smtp: portOf(options.smtpPort),
    pop: portOf(options.popPort),
  };
  await assertFree("--http-port", ports.http);
  await assertFree("--imap-port", ports.imap);
  await assertFree("--smtp-port", ports.smtp);
  await assertFree("--pop-port", ports.pop);
  const sandbox = await startSandboxProcess({
    dataDir: join(config.dataDir, "sandbox"),
    publicUrl: null,
    ports,
    log: createLog(config.logLevel),
    clock: systemClock,
  });
  const facts = sandbox.facts();
  process.stdout
    .write(`# The sandbox is ready; its people, their passwords and what each does: ${facts.publicUrl}
# With these settings a Hitchpost takes it for Microsoft. Ctrl+C ends it, its mail stays.
HITCHPOST_MICROSOFT_LOGIN_URL=${facts.loginUrl}
HITCHPOST_MICROSOFT_CLIENT_ID=${facts.clientId}
HITCHPOST_MICROSOFT_CLIENT_SECRET=${facts.clientSecret}
HITCHPOST_MICROSOFT_IMAP=127.0.0.1:${facts.imapPort}:none
HITCHPOST_MICROSOFT_SMTP=127.0.0.1:${facts.smtpPort}:none
HITCHPOST_MICROSOFT_POP=127.0.0.1:${facts.popPort}:none
HITCHPOST_GRAPH_URL=${facts.graphUrl}
`);
  const stop = (): void => void sandbox.close().then(() => process.exit(0));
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
