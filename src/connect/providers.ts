/** The providers of the wizard's first step, as data: hosts, methods, where an app password is made. */

export interface MailServer {
  host: string;
  port: number;
  security: "none" | "starttls" | "tls";
}

export type ProviderId =
  | "sandbox"
  | "outlook"
  | "microsoft365"
  | "gmail"
  | "yahoo"
  | "icloud"
  | "qq"
  | "netease"
  | "fastmail"
  | "other";

export type PasswordNote =
  | "microsoft_refuses_passwords"
  | "gmail"
  | "yahoo"
  | "icloud"
  | "qq"
  | "netease"
  | "fastmail";

export interface Provider {
  id: ProviderId;
  name: string;
  methods: ("oauth" | "password")[];
  imap: MailServer | null;
  smtp: MailServer | null;
  /** Where the user makes an app password or authorization code. */
  passwordHelpUrl: string | null;
  /** Key of a sentence said before anything is typed; its texts stand in `api/connect/password-notes.ts`. */
  passwordNote: PasswordNote | null;
  domains: string[];
}

const tls = (host: string, port: number): MailServer => ({ host, port, security: "tls" });
const starttls = (host: string, port: number): MailServer => ({ host, port, security: "starttls" });

const microsoftDomains = ["outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com"];

/** Regional Outlook.com domains: outlook.de, hotmail.co.uk, live.fr, … */
const regionalMicrosoft = /^(outlook|hotmail|live)\.([a-z]{2,3}|co\.[a-z]{2}|com\.[a-z]{2})$/;

/** Tiles in their order; the sandbox is put first while it stands in for Microsoft. */
export const providers: readonly Provider[] = [
  {
    id: "outlook",
    name: "Outlook / Hotmail",
    methods: ["oauth", "password"],
    imap: tls("outlook.office365.com", 993),
    smtp: starttls("smtp-mail.outlook.com", 587),
    passwordHelpUrl: null,
    passwordNote: "microsoft_refuses_passwords",
    domains: microsoftDomains,
  },
  {
    id: "microsoft365",
    name: "Microsoft 365",
    methods: ["oauth", "password"],
    imap: tls("outlook.office365.com", 993),
    smtp: starttls("smtp.office365.com", 587),
    passwordHelpUrl: null,
    passwordNote: "microsoft_refuses_passwords",
    domains: [],
  },
  {
    id: "gmail",
    name: "Gmail",
    methods: ["password"],
    imap: tls("imap.gmail.com", 993),
    smtp: tls("smtp.gmail.com", 465),
    passwordHelpUrl: "https://myaccount.google.com/apppasswords",
    passwordNote: "gmail",
    domains: ["gmail.com", "googlemail.com"],
  },
  {
    id: "yahoo",
    name: "Yahoo",
    methods: ["password"],
    imap: tls("imap.mail.yahoo.com", 993),
    smtp: tls("smtp.mail.yahoo.com", 465),
    passwordHelpUrl: "https://login.yahoo.com/account/security",
    passwordNote: "yahoo",
    domains: ["yahoo.com", "ymail.com", "rocketmail.com"],
  },
  {
    id: "icloud",
    name: "iCloud",
    methods: ["password"],
    imap: tls("imap.mail.me.com", 993),
    smtp: starttls("smtp.mail.me.com", 587),
    passwordHelpUrl: "https://account.apple.com/account/manage",
    passwordNote: "icloud",
    domains: ["icloud.com", "me.com", "mac.com"],
  },
  {
    id: "qq",
    name: "QQ",
    methods: ["password"],
    imap: tls("imap.qq.com", 993),
    smtp: tls("smtp.qq.com", 465),
    passwordHelpUrl: "https://mail.qq.com",
    passwordNote: "qq",
    domains: ["qq.com", "foxmail.com", "vip.qq.com"],
  },
  {
    id: "netease",
    name: "163 / NetEase",
    methods: ["password"],
    imap: tls("imap.163.com", 993),
    smtp: tls("smtp.163.com", 465),
    passwordHelpUrl: "https://mail.163.com",
    passwordNote: "netease",
    domains: ["163.com", "126.com", "yeah.net"],
  },
  {
    id: "fastmail",
    name: "Fastmail",
    methods: ["password"],
    imap: tls("imap.fastmail.com", 993),
    smtp: tls("smtp.fastmail.com", 465),
    passwordHelpUrl: "https://app.fastmail.com/settings/security/integrations",
    passwordNote: "fastmail",
    domains: ["fastmail.com", "fastmail.fm"],
  },
  {
    id: "other",
    name: "Other (IMAP)",
    methods: ["password"],
    imap: null,
    smtp: null,
    passwordHelpUrl: null,
    passwordNote: null,
    domains: [],
  },
];

/** Hosts that a provider uses for one of its other domains: 126.com is served by imap.126.com. */
export function serversFor(
  provider: Provider,
  address: string,
): { imap: MailServer | null; smtp: MailServer | null } {
  const domain = domainOf(address);
  if (provider.id !== "netease" || domain === "" || domain === "163.com")
    return { imap: provider.imap, smtp: provider.smtp };
  return { imap: tls(`imap.${domain}`, 993), smtp: tls(`smtp.${domain}`, 465) };
}

export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** The tile that an address picks by its domain; null for a domain of one's own. */
export function providerOfAddress(address: string): ProviderId | null {
  const domain = domainOf(address);
  if (domain === "outlook.example") return "sandbox";
  if (regionalMicrosoft.test(domain)) return "outlook";
  return providers.find((provider) => provider.domains.includes(domain))?.id ?? null;
}
