/**
 * Thunderbird-style autoconfig files (`config-v1.1.xml`, benbucksch/autoconfig-spec). A stranger's file: no entities, no
 * document type, no unencrypted server, names and ports checked. Pure.
 */
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import type { MailServer } from "../providers.ts";
import { serverOf, wholeAddress, type FoundSettings } from "./found.ts";

/** A file has two kilobytes as a rule. */
export const maxXmlBytes = 64 * 1024;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  processEntities: false,
  maxNestedTags: 20,
  isArray: (name) => ["emailProvider", "incomingServer", "outgoingServer", "username"].includes(name),
});

const text = z.string().max(300);
const serverSchema = z.object({
  "@type": text,
  hostname: text,
  port: text,
  socketType: text,
  username: z.array(text).min(1).catch([wholeAddress]),
});
const someServers = z
  .array(z.unknown())
  .max(50)
  .catch([])
  .transform((all) => all.flatMap((one) => serverSchema.safeParse(one).data ?? []));
const fileSchema = z.object({
  clientConfig: z.object({
    emailProvider: z.array(z.object({ incomingServer: someServers, outgoingServer: someServers })).min(1),
  }),
});

type XmlServer = z.output<typeof serverSchema>;

const security: Record<string, "tls" | "starttls"> = { ssl: "tls", tls: "tls", starttls: "starttls" };

const toServer = ({ hostname, port, socketType }: XmlServer): MailServer | null => {
  const kind = security[socketType.toLowerCase()];
  return kind === undefined ? null : serverOf(hostname, Number(port), kind);
};

/** The first that is encrypted from the start, else the first by STARTTLS: the file's own order otherwise. */
function best(all: XmlServer[], type: "imap" | "smtp"): { server: MailServer; username: string } | null {
  const usable = all
    .filter((one) => one["@type"].toLowerCase() === type)
    .flatMap((one) => {
      const server = toServer(one);
      return server === null ? [] : [{ server, username: one.username[0] ?? wholeAddress }];
    });
  return usable.find(({ server }) => server.security === "tls") ?? usable[0] ?? null;
}

/** Replaced for `%EMAILDOMAIN%` in a host's name, as some files have it. */
const inDomain = (xml: string, domain: string): string => xml.replaceAll("%EMAILDOMAIN%", () => domain);

/**
 * Settings of a file; null for everything that is none. Never throws.
 *
 * @param from the file's address, for people
 */
export function settingsOfXml(xml: string, domain: string, from: string): FoundSettings | null {
  if (xml.length > maxXmlBytes || /<!(DOCTYPE|ENTITY)/i.test(xml)) return null;
  const file = fileSchema.safeParse(parsed(inDomain(xml, domain)));
  const provider = file.data?.clientConfig.emailProvider[0];
  if (provider === undefined) return null;
  const imap = best(provider.incomingServer, "imap");
  if (imap === null) return null;
  const smtp = best(provider.outgoingServer, "smtp");
  return {
    source: "autoconfig",
    from,
    provider: "other",
    imap: imap.server,
    smtp: smtp?.server ?? null,
    username: imap.username,
    reachable: null,
  };
}

function parsed(xml: string): unknown {
  try {
    return parser.parse(xml);
  } catch {
    return null; // no XML, or one that is nested beyond reason
  }
}
