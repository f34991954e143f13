/** The identity apps of this installation: Microsoft by configuration, and the sandbox while it stands in. */
import type { OAuthClient } from "../oauth/client.ts";
import type { MailServer, Provider, ProviderId } from "./providers.ts";
import { providerOfAddress, providers } from "./providers.ts";

/** A registered app at an authority, with the servers that take its tokens. */
export interface ConnectApp {
  client: OAuthClient;
  /** Prefix of the mail scopes: `https://outlook.office.com`. */
  scopeUrl: string;
  imap: MailServer;
  smtp: MailServer;
  /** Submission for work accounts; the same as `smtp` where there is one only. */
  workSmtp: MailServer;
  /** Our one redirect address, as registered. */
  redirectUri: string;
}

export interface ConnectApps {
  microsoft: ConnectApp | null;
  sandbox: ConnectApp | null;
}

const microsoftIds: ReadonlySet<string> = new Set(["outlook", "microsoft365"]);

/** The app for a provider; null when none is configured. */
export function appFor(apps: ConnectApps, provider: string): ConnectApp | null {
  if (provider === "sandbox") return apps.sandbox;
  return microsoftIds.has(provider) ? apps.microsoft : null;
}

/** The sandbox as a tile of its own, clearly marked. */
const sandboxTile = (app: ConnectApp): Provider => ({
  id: "sandbox",
  name: "Sandbox Outlook",
  methods: ["oauth", "password"],
  imap: app.imap,
  smtp: app.smtp,
  passwordHelpUrl: null,
  passwordNote: "microsoft_refuses_passwords",
  domains: ["outlook.example"],
});

/** Tiles of the first step; the sandbox first, while it is there. */
export const offeredProviders = (apps: ConnectApps): Provider[] => [
  ...(apps.sandbox ? [sandboxTile(apps.sandbox)] : []),
  ...providers,
];

export const findProvider = (apps: ConnectApps, id: string): Provider | null =>
  offeredProviders(apps).find((provider) => provider.id === (id as ProviderId)) ?? null;

/** The tile that an address picks; people of the sandbox belong to Outlook where it runs apart and stands in for it. */
export function suggestedProvider(apps: ConnectApps, address: string): ProviderId | null {
  const id = providerOfAddress(address);
  return id === "sandbox" && !apps.sandbox ? "outlook" : id;
}
