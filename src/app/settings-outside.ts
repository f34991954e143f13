/** What automatic settings see of the world: DNS, small files and greetings, all through the one dialer. */
import type { Outside } from "../connect/autoconfig/lookup.ts";
import { maxXmlBytes } from "../connect/autoconfig/xml.ts";
import { createDialer } from "../protocol/net/dialer.ts";
import { fetchChecked } from "../protocol/net/fetch-checked.ts";
import { greets } from "../protocol/net/greeting.ts";
import { createMailDns } from "../protocol/net/mail-dns.ts";

/** For one file or greeting, milliseconds. */
const timeoutMs = 3_500;

export function createOutside({ allowPrivateHosts }: { allowPrivateHosts: boolean }): Outside {
  const files = createDialer({ allowPrivateHosts, allowedPorts: [80, 443] });
  const servers = createDialer({ allowPrivateHosts });
  return {
    dns: createMailDns(),
    fetchFile: async (url, signal) => {
      const bytes = await fetchChecked(files, url, {
        what: "The settings file",
        accept: "text/xml, application/xml",
        maxBytes: maxXmlBytes,
        maxRedirects: 3,
        timeoutMs,
        signal,
      });
      return Buffer.from(bytes).toString("utf8");
    },
    greets: (protocol, server, signal) => greets(servers, protocol, server, { timeoutMs, signal }),
  };
}
