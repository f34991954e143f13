/** Opens mail servers by the one dialer. The operator's own servers and the sandbox are exempt from its rules. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { ConnectApps } from "../connect/apps.ts";
import type { MailServer } from "../connect/providers.ts";
import type { AskCredentials } from "../connect/tokens.ts";
import { createImapSource } from "../protocol/imap/imap-source.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import { createDialer } from "../protocol/net/dialer.ts";
import { createSmtpSender } from "../protocol/smtp/smtp-sender.ts";
import { programVersion } from "./version.ts";

export interface MailServers {
  openSource(server: MailServer, credentials: AskCredentials): MailSource;
  openSender(server: MailServer, credentials: AskCredentials): MailSender;
}

export function createMailServers(parts: {
  allowPrivateHosts: boolean;
  apps: () => ConnectApps;
  clock: Clock;
  log: Log;
}): MailServers {
  // The sandbox's ports may change while we run, so a dialer is made a connection: it holds no state.
  const dialer = () =>
    createDialer({ allowPrivateHosts: parts.allowPrivateHosts, exempt: exemptServers(parts.apps()) });
  return {
    openSource: (server, auth) =>
      createImapSource({
        server,
        auth,
        dialer: dialer(),
        clock: parts.clock,
        log: parts.log,
        clientInfo: { name: "Hitchpost", version: programVersion },
      }),
    openSender: (server, auth) => createSmtpSender({ server, auth, dialer: dialer() }),
  };
}

/** `kept`: what the configuration names serves apps of the operator's page, too. */
const exemptServers = ({ microsoft, sandbox, kept }: ConnectApps): MailServer[] =>
  [microsoft, sandbox, kept?.servers("default")].flatMap((app) =>
    app ? [app.imap, app.smtp, app.workSmtp] : [],
  );
