/** Opens mail servers by the one dialer. The operator's own servers and the sandbox are exempt from its rules. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { ConnectApps } from "../connect/apps.ts";
import type { ConnectParts, MailboxRef, ReadPlace, SendPlace } from "../connect/parts.ts";
import type { MailServer } from "../connect/providers.ts";
import type { AskCredentials } from "../connect/tokens.ts";
import { HitchpostError } from "../core/errors.ts";
import { createGraphSender } from "../protocol/graph/graph-sender.ts";
import type { AskGraphAuth, GraphFetch } from "../protocol/graph/client.ts";
import { createGraphSource } from "../protocol/graph/graph-source.ts";
import { createGraphLimiter, type GraphLimiter } from "../protocol/graph/limiter.ts";
import { createImapSource } from "../protocol/imap/imap-source.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource } from "../protocol/mail-source.ts";
import { createDialer, type Dialer } from "../protocol/net/dialer.ts";
import { lookAt } from "../protocol/net/look.ts";
import { createPop3Source } from "../protocol/pop3/pop3-source.ts";
import { createSmtpSender } from "../protocol/smtp/smtp-sender.ts";
import type { GraphPushDesk } from "./graph-push.ts";
import { programVersion } from "./version.ts";

export type MailServers = Pick<ConnectParts, "openSource" | "openSender" | "lookAt">;

interface ServersParts {
  allowPrivateHosts: boolean;
  apps: () => ConnectApps;
  clock: Clock;
  log: Log;
  /** For Graph; left out: Node's own. */
  fetch?: GraphFetch;
  /** Change notifications; left out: Graph's mailboxes are read by polling. */
  push?: GraphPushDesk;
}

export function createMailServers(parts: ServersParts): MailServers {
  // The sandbox's ports may change while we run, so a dialer is made a connection: it holds no state.
  const dialer = (ipv4Only = false): Dialer =>
    createDialer({
      allowPrivateHosts: parts.allowPrivateHosts,
      exempt: exemptServers(parts.apps()),
      ipv4Only,
    });
  const limiters = createLimiters(parts.clock);
  const all = { ...parts, limiters };
  return {
    openSource: (place, auth, of) =>
      openSource(all, dialer("ipv4Only" in place && place.ipv4Only), place, auth, of),
    openSender: (place, auth, of) => openSender(all, dialer(), place, auth, of),
    lookAt: (server, protocol, options) =>
      lookAt({ dialer: dialer(), dialer4: dialer(true) }, protocol, server, options),
  };
}

type OpenParts = ServersParts & { limiters: Limiters };

function openSource(
  parts: OpenParts,
  dialer: Dialer,
  place: ReadPlace,
  auth: AskCredentials,
  of: MailboxRef | undefined,
): MailSource {
  const { clock, log } = parts;
  if (place.transport === "graph") {
    const channel = of === undefined ? undefined : parts.push?.channelFor(of, place.url);
    return createGraphSource({ ...graphOptions(parts, place, auth, of), ...(channel && { channel }) });
  }
  const { transport, ipv4Only: _ipv4Only, ...server } = place;
  if (transport === "pop3") return createPop3Source({ server, auth, dialer, clock, log });
  const clientInfo = { name: "Hitchpost", version: programVersion };
  return createImapSource({ server, auth, dialer, clock, log, clientInfo });
}

function openSender(
  parts: OpenParts,
  dialer: Dialer,
  place: SendPlace,
  auth: AskCredentials,
  of: MailboxRef | undefined,
): MailSender {
  if (place.transport === "graph")
    return createGraphSender({ ...graphOptions(parts, place, auth, of), address: place.address });
  const { transport: _smtp, ...server } = place;
  return createSmtpSender({ server, auth, dialer });
}

/** Graph's address is the operator's to configure, never a user's: it needs no look by the dialer. */
const graphOptions = (
  { clock, log, fetch: fetcher = fetch, limiters }: OpenParts,
  { url, mailbox }: { url: string; mailbox?: string },
  auth: AskCredentials,
  of: MailboxRef | undefined,
) => ({
  baseUrl: url,
  ...(mailbox !== undefined && { mailbox }),
  auth: tokenOf(auth),
  fetch: fetcher,
  clock,
  log,
  ...(of !== undefined && { limiter: limiters.of(of.mailboxId) }),
});

/** Mailbox → the gate of its requests to Graph: Microsoft's limits count all of them, whoever asks. */
interface Limiters {
  of(mailboxId: string): GraphLimiter;
}

function createLimiters(clock: Clock): Limiters {
  const known = new Map<string, WeakRef<GraphLimiter>>();
  const forgotten = new FinalizationRegistry<string>((mailboxId) => {
    if (known.get(mailboxId)?.deref() === undefined) known.delete(mailboxId);
  });
  return {
    of(mailboxId) {
      const kept = known.get(mailboxId)?.deref();
      if (kept !== undefined) return kept;
      const made = createGraphLimiter({ clock });
      known.set(mailboxId, new WeakRef(made)); // as long as a source or sender of the mailbox holds it
      forgotten.register(made, mailboxId);
      return made;
    },
  };
}

/** @throws auth_failed where the mailbox signs in by a password, which Graph takes none of */
const tokenOf =
  (auth: AskCredentials): AskGraphAuth =>
  async (refused) => {
    const credentials = await auth(refused);
    if ("accessToken" in credentials) return credentials;
    throw new HitchpostError("auth_failed", "Microsoft Graph takes no passwords.");
  };

/** `kept`: what the configuration names serves apps of the operator's page, too. */
const exemptServers = ({ microsoft, sandbox, kept }: ConnectApps): MailServer[] =>
  [microsoft, sandbox, kept?.servers("default")].flatMap((app) =>
    app ? [app.imap, app.pop, app.smtp, app.workSmtp] : [],
  );
