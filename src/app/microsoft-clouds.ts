/**
 * Microsoft's national clouds: sign-in, scopes and mail servers of each (learn.microsoft.com: "National cloud deployments",
 * "Office 365 U.S. Government GCC High endpoints", "Office 365 operated by 21Vianet endpoints").
 */
import type { AppServers } from "../connect/apps.ts";
import type { MailServer } from "../connect/providers.ts";
import type { Cloud } from "../store/apps.ts";
import type { Config } from "./config.ts";

export interface CloudFacts extends AppServers {
  /** `https://login.microsoftonline.com`; no slash at the end. */
  loginUrl: string;
}

const tls = (host: string): MailServer => ({ host, port: 993, security: "tls" });
const starttls = (host: string): MailServer => ({ host, port: 587, security: "starttls" });

const national = {
  usgov: {
    loginUrl: "https://login.microsoftonline.us",
    scopeUrl: "https://outlook.office365.us",
    imap: tls("outlook.office365.us"),
    smtp: starttls("smtp.office365.us"),
    workSmtp: starttls("smtp.office365.us"),
  },
  china: {
    loginUrl: "https://login.partner.microsoftonline.cn",
    scopeUrl: "https://partner.outlook.cn",
    imap: tls("partner.outlook.cn"),
    smtp: starttls("smtp.partner.outlook.cn"),
    workSmtp: starttls("smtp.partner.outlook.cn"),
  },
} as const satisfies Record<Exclude<Cloud, "default">, CloudFacts>;

/** The addresses of a cloud; `default` is what the configuration names, a stand-in included. */
export function cloudFacts({ microsoft }: Pick<Config, "microsoft">, cloud: Cloud): CloudFacts {
  if (cloud !== "default") return national[cloud];
  const { loginUrl, scopeUrl, imap, smtp, workSmtp } = microsoft;
  return { loginUrl, scopeUrl, imap, smtp, workSmtp };
}
