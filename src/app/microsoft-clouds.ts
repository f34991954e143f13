/**
 * Microsoft's clouds: sign-in, scopes, Graph and mail servers of each (learn.microsoft.com: "National cloud deployments",
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

const starttls = (host: string): MailServer => ({ host, port: 587, security: "starttls" });

interface Names {
  login: string;
  graph: string;
  /** Prefix of the scopes of IMAP, POP and SMTP. */
  scopeUrl: string;
  mail: string;
  submission: string;
}

const cloud = ({ login, graph, scopeUrl, mail, submission }: Names): CloudFacts => ({
  loginUrl: `https://${login}`,
  graphUrl: `https://${graph}`,
  graphScopeUrl: `https://${graph}`,
  scopeUrl,
  imap: { host: mail, port: 993, security: "tls" },
  pop: { host: mail, port: 995, security: "tls" },
  smtp: starttls(submission),
  workSmtp: starttls(submission),
});

const worldwide: CloudFacts = {
  ...cloud({
    login: "login.microsoftonline.com",
    graph: "graph.microsoft.com",
    scopeUrl: "https://outlook.office.com",
    mail: "outlook.office365.com",
    submission: "smtp.office365.com",
  }),
  smtp: starttls("smtp-mail.outlook.com"), // of personal accounts, which no other cloud has
};

const national: Record<Exclude<Cloud, "default">, CloudFacts> = {
  usgov: cloud({
    login: "login.microsoftonline.us",
    graph: "graph.microsoft.us",
    scopeUrl: "https://outlook.office365.us",
    mail: "outlook.office365.us",
    submission: "smtp.office365.us",
  }),
  china: cloud({
    login: "login.partner.microsoftonline.cn",
    graph: "microsoftgraph.chinacloudapi.cn",
    scopeUrl: "https://partner.outlook.cn",
    mail: "partner.outlook.cn",
    submission: "smtp.partner.outlook.cn",
  }),
};

/** The servers that belong to an authority; one that is unknown (a stand-in) goes by the worldwide cloud's names. */
export const serversOfAuthority = (loginUrl: string): AppServers =>
  Object.values(national).find((facts) => facts.loginUrl === loginUrl) ?? worldwide;

/** The addresses of a cloud; `default` is what the configuration names, a stand-in included. */
export function cloudFacts({ microsoft }: Pick<Config, "microsoft">, name: Cloud): CloudFacts {
  if (name !== "default") return national[name];
  const { clientId: _id, clientSecret: _secret, tenant: _tenant, ...facts } = microsoft;
  return facts;
}
