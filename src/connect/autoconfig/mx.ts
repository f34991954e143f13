/** Who runs a domain's mail, by its MX records: a tile of ours, or a host whose servers are known. Pure. */
import type { MxRecord } from "../../protocol/net/mail-dns.ts";
import { providers, type MailServer, type ProviderId } from "../providers.ts";
import { wholeAddress, type FoundSettings } from "./found.ts";

const tls = (host: string, port: number): MailServer => ({ host, port, security: "tls" });
const starttls = (host: string, port: number): MailServer => ({ host, port, security: "starttls" });

/** Ends of MX names → tile. Microsoft's consumer domains stand before those of work. */
const tiles: readonly [string, ProviderId][] = [
  ["olc.protection.outlook.com", "outlook"],
  ["protection.outlook.com", "microsoft365"],
  ["mx.microsoft", "microsoft365"],
  ["protection.partner.outlook.cn", "microsoft365"],
  ["google.com", "gmail"],
  ["googlemail.com", "gmail"],
  ["yahoodns.net", "yahoo"],
  ["mail.icloud.com", "icloud"],
  ["messagingengine.com", "fastmail"],
  ["163mx.mail.163.com", "netease"],
  ["163mx.netease.com", "netease"],
];

interface KnownHost {
  imap: MailServer;
  smtp: MailServer;
}

const host = (imap: string, smtp: string): KnownHost => ({ imap: tls(imap, 993), smtp: tls(smtp, 465) });

/** Ends of MX names → servers, as their own help pages name them. */
const hosts: readonly [string, KnownHost][] = [
  ["exmail.qq.com", host("imap.exmail.qq.com", "smtp.exmail.qq.com")],
  ["mxmail.netease.com", host("imap.qiye.163.com", "smtp.qiye.163.com")],
  ["mxhichina.com", host("imap.qiye.aliyun.com", "smtp.qiye.aliyun.com")],
  ["zoho.com", host("imap.zoho.com", "smtp.zoho.com")],
  ["zoho.eu", host("imap.zoho.eu", "smtp.zoho.eu")],
  ["zoho.in", host("imap.zoho.in", "smtp.zoho.in")],
  ["yandex.net", host("imap.yandex.com", "smtp.yandex.com")],
  ["yandex.ru", host("imap.yandex.ru", "smtp.yandex.ru")],
  ["mailbox.org", host("imap.mailbox.org", "smtp.mailbox.org")],
  ["posteo.de", host("posteo.de", "posteo.de")],
  ["migadu.com", host("imap.migadu.com", "smtp.migadu.com")],
  ["emailsrvr.com", host("secure.emailsrvr.com", "secure.emailsrvr.com")],
  ["secureserver.net", host("imap.secureserver.net", "smtpout.secureserver.net")],
  ["hostinger.com", host("imap.hostinger.com", "smtp.hostinger.com")],
  ["titan.email", host("imap.titan.email", "smtp.titan.email")],
  ["privateemail.com", host("mail.privateemail.com", "mail.privateemail.com")],
  ["gandi.net", host("mail.gandi.net", "mail.gandi.net")],
  ["ovh.net", host("ssl0.ovh.net", "ssl0.ovh.net")],
  ["kundenserver.de", host("imap.ionos.de", "smtp.ionos.de")],
  ["ionos.com", host("imap.ionos.com", "smtp.ionos.com")],
  ["gmx.net", { imap: tls("imap.gmx.net", 993), smtp: starttls("mail.gmx.net", 587) }],
  ["mail.ru", host("imap.mail.ru", "smtp.mail.ru")],
  ["infomaniak.ch", host("mail.infomaniak.com", "mail.infomaniak.com")],
];

/** QQ's own servers take mail for QQ addresses and for those of its business mail, at names of their own. */
const qqBusiness = /^mxbiz\d*\.qq\.com$/;

const endsIn = (name: string, end: string): boolean => name === end || name.endsWith(`.${end}`);

/** Settings by the first MX that is known, in the order in which mail is delivered; null when none is. */
export function settingsOfMx(records: readonly MxRecord[]): FoundSettings | null {
  const ordered = records.toSorted((a, b) => a.priority - b.priority);
  for (const { exchange } of ordered) {
    const name = exchange.toLowerCase().replace(/\.$/, "");
    const found = knownMx(name);
    if (found !== null)
      return { ...found, source: "mx", from: name, username: wholeAddress, reachable: null };
  }
  return null;
}

function knownMx(name: string): Pick<FoundSettings, "provider" | "imap" | "smtp"> | null {
  if (qqBusiness.test(name))
    return { provider: "other", ...host("imap.exmail.qq.com", "smtp.exmail.qq.com") };
  const tile = tiles.find(([end]) => endsIn(name, end))?.[1];
  if (tile !== undefined) {
    const { imap, smtp } = providers.find((one) => one.id === tile)!;
    return { provider: tile, imap, smtp };
  }
  const known = hosts.find(([end]) => endsIn(name, end))?.[1];
  return known === undefined ? null : { provider: "other", ...known };
}
