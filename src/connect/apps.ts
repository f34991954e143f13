/** The identity apps: Microsoft's by the environment or by the operator's page, and the sandbox while it stands in. */
import type { OAuthClient } from "../oauth/client.ts";
import type { Cloud } from "../store/apps.ts";
import type { MailServer, Provider, ProviderId } from "./providers.ts";
import { providerOfAddress, providers } from "./providers.ts";

/** The servers that take an app's tokens. */
export interface AppServers {
  /** Prefix of the mail scopes: `https://outlook.office.com`. */
  scopeUrl: string;
  /** Microsoft Graph without the version: `https://graph.microsoft.com`. */
  graphUrl: string;
  /** Prefix of the Graph scopes; a stand-in's carry Microsoft's name too. */
  graphScopeUrl: string;
  imap: MailServer;
  pop: MailServer;
  smtp: MailServer;
  /** Submission for work accounts; the same as `smtp` where there is one only. */
  workSmtp: MailServer;
}

/** A registered app at an authority, with the servers that take its tokens. */
export interface ConnectApp extends AppServers {
  client: OAuthClient;
  /** Our one redirect address, as registered. */
  redirectUri: string;
}

/** Settings of an app that the operator entered on the page. */
export interface AppSettings {
  id: string;
  /** Changes with every change, so that a client made of older settings is not used any more. */
  version: string;
  clientId: string;
  /** null: a public client. */
  clientSecret: string | null;
  tenant: string;
  cloud: Cloud;
}

/** What apps of the operator's page need of the installation. */
export interface KeptApps {
  open(settings: AppSettings): ConnectApp;
  /** The servers of a cloud; those of the environment for `default`. */
  servers(cloud: Cloud): AppServers;
  /** Where a cloud's people sign in: `https://login.microsoftonline.com`. */
  loginUrl(cloud: Cloud): string;
  /** The environment's app, as its settings are; null when it names none. */
  environment: { clientId: string; clientSecret: string | null; tenant: string } | null;
  /** For checking apps: to hosts of the configuration alone. */
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** The sandbox is offered beside a Microsoft app, too: the environment asks for it. */
  sandboxAsked: boolean;
}

export interface ConnectApps {
  /** The environment's. */
  microsoft: ConnectApp | null;
  sandbox: ConnectApp | null;
  /** Left out where there is no page to enter apps on. */
  kept?: KeptApps;
}

const microsoftIds: ReadonlySet<string> = new Set(["outlook", "microsoft365"]);

/** Whether the provider's people sign in by a Microsoft app. */
export const isMicrosoft = (provider: string): boolean => microsoftIds.has(provider);

/** The app for a provider that needs no database: the environment's or the sandbox's; null when none is configured. */
export function appFor(apps: ConnectApps, provider: string): ConnectApp | null {
  if (provider === "sandbox") return apps.sandbox;
  return isMicrosoft(provider) ? apps.microsoft : null;
}

/** The servers of an authorized mailbox: of its app's cloud, as configured now; null when they are not known here. */
export function appServers(
  apps: ConnectApps,
  { provider, app }: { provider: string; app: { cloud: Cloud } | null },
): AppServers | null {
  return app === null ? appFor(apps, provider) : (apps.kept?.servers(app.cloud) ?? null);
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

/** The apps as a workspace sees them: once it has a Microsoft app, the sandbox is offered only where it is asked for. */
export const appsOffered = (apps: ConnectApps, hasOwnApp: boolean): ConnectApps =>
  hasOwnApp && apps.kept?.sandboxAsked === false ? { ...apps, sandbox: null } : apps;
