/** Our IMAP source against the scripted server, with short times: no test waits long for a server that does not answer. */
import { systemClock } from "../../src/core/clock.ts";
import type { ImapAuth, ImapServer } from "../../src/protocol/imap/imap-source.ts";
import { createImapSource } from "../../src/protocol/imap/imap-source.ts";
import type { MailSource } from "../../src/protocol/mail-source.ts";
import { createDialer } from "../../src/protocol/net/dialer.ts";
import { startScriptedImap, type Script, type ScriptedImap } from "./scripted-imap.ts";
import { silentLog } from "./silent-log.ts";

const open: { server: ScriptedImap; source: MailSource }[] = [];

/** For `afterEach`. */
export async function closeAgainst(): Promise<void> {
  for (const { server, source } of open.splice(0)) {
    await source.close();
    await server.stop();
  }
}

export interface AgainstSetup {
  capability?: string;
  greeting?: string | null;
  security?: ImapServer["security"];
  auth?: ImapAuth;
  maxConnections?: number;
  idleRenewMs?: number;
  keepMs?: number;
}

export async function against(
  script: Script,
  setup: AgainstSetup = {},
): Promise<{ server: ScriptedImap; source: MailSource }> {
  const server = await startScriptedImap(script, setup);
  const source = createImapSource({
    server: { host: "127.0.0.1", port: server.port, security: setup.security ?? "none" },
    auth: async () => setup.auth ?? { user: "well", pass: "secret-password" },
    dialer: createDialer({ allowPrivateHosts: true }),
    clock: systemClock,
    log: silentLog,
    maxConnections: setup.maxConnections ?? 1,
    ...(setup.idleRenewMs !== undefined && { idleRenewMs: setup.idleRenewMs }),
    ...(setup.keepMs !== undefined && { keepMs: setup.keepMs }),
    timeouts: { greetingMs: 300, loginMs: 300, silenceMs: 400, workMs: 2_000 },
  });
  open.push({ server, source });
  return { server, source };
}
