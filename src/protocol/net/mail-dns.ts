/** What a domain's DNS says of its mail: MX (RFC 5321 5.1) and SRV (RFC 2782, RFC 6186). Never throws: no answer is none. */
import { Resolver } from "node:dns/promises";

export interface MxRecord {
  exchange: string;
  priority: number;
}

export interface SrvRecord {
  name: string;
  port: number;
  priority: number;
  weight: number;
}

export interface MailDns {
  mx(domain: string): Promise<MxRecord[]>;
  /** @param name `_imaps._tcp.example.com` */
  srv(name: string): Promise<SrvRecord[]>;
}

const none = (): never[] => [];

/** Nobody waits for a name server longer: what it would have told is looked for elsewhere. */
const timeoutMs = 2_000;

export function createMailDns(): MailDns {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  return {
    mx: (domain) => resolver.resolveMx(domain).catch(none),
    srv: (name) => resolver.resolveSrv(name).catch(none),
  };
}
