import { expect, test } from "vitest";
import { usernameOf } from "./found.ts";
import { maxXmlBytes, settingsOfXml } from "./xml.ts";

const server = (type: string, host: string, port: string, socket: string, more = ""): string =>
  `<${type === "smtp" ? "outgoing" : "incoming"}Server type="${type}"><hostname>${host}</hostname><port>${port}</port><socketType>${socket}</socketType>${more}</${type === "smtp" ? "outgoing" : "incoming"}Server>`;
const file = (servers: string): string =>
  `<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="shop.example"><domain>shop.example</domain>${servers}</emailProvider></clientConfig>`;
const read = (xml: string) => settingsOfXml(xml, "shop.example", "autoconfig.shop.example");

test("TLS before STARTTLS, IMAP before POP, and the user name as the file has it", () => {
  const found = read(
    file(
      server("pop3", "pop.shop.example", "995", "SSL") +
        server("imap", "imap.shop.example", "143", "STARTTLS", "<username>%EMAILADDRESS%</username>") +
        server("imap", "IMAP.shop.example", "993", "SSL", "<username>%EMAILLOCALPART%</username>") +
        server("smtp", "smtp.%EMAILDOMAIN%", "587", "STARTTLS"),
    ),
  );
  expect(found).toMatchObject({
    source: "autoconfig",
    from: "autoconfig.shop.example",
    imap: { host: "imap.shop.example", port: 993, security: "tls" },
    smtp: { host: "smtp.shop.example", port: 587, security: "starttls" },
  });
  expect(usernameOf(found!.username, "ann@shop.example")).toBe("ann");
});

test("a dollar sign in an address is no pattern", () => {
  expect(usernameOf("%EMAILADDRESS%", "a$&b@shop.example")).toBe("a$&b@shop.example");
});

const imap = server("imap", "imap.shop.example", "993", "SSL");
const bomb = `<!DOCTYPE lolz [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, n) => `<!ENTITY ${"abcdefghij"[n + 1]} "${`&${"abcdefghij"[n]};`.repeat(10)}">`).join("")}]>`;

test.each([
  ["billion laughs", `${bomb}${file(imap.replace("imap.shop.example", "&j;"))}`],
  ["an external entity", `<!DOCTYPE x SYSTEM "file:///etc/passwd">${file(imap)}`],
  ["too large", file(imap) + " ".repeat(maxXmlBytes)],
  ["nested beyond reason", "<a>".repeat(10_000)],
  ["no XML", "\0\u0001 not at all <<<"],
  ["a page", "<html><body>Parked</body></html>"],
  ["another root", "<clientConfig/>"],
  ["unencrypted alone", file(server("imap", "imap.shop.example", "143", "plain"))],
  ["no mail port", file(server("imap", "imap.shop.example", "22", "SSL"))],
  ["an address of the network", file(server("imap", "10.0.0.1", "993", "SSL"))],
  ["a name with a path", file(server("imap", "imap.shop.example/../x", "993", "SSL"))],
  ["nothing", ""],
])("nothing is taken from a file that is %s", (_what, xml) => {
  expect(read(xml)).toBeNull();
});
