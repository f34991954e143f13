import { expect, test } from "vitest";
import { settingsOfMx } from "./mx.ts";
import { settingsOfSrv } from "./srv.ts";

const mx = (...exchanges: string[]) =>
  settingsOfMx(exchanges.map((exchange, index) => ({ exchange, priority: (index + 1) * 10 })));

test.each([
  ["shop-example.mail.protection.outlook.com", "microsoft365"],
  ["shop-example.x-v1.mx.microsoft", "microsoft365"],
  ["outlook-com.olc.protection.outlook.com", "outlook"],
  ["ASPMX.L.GOOGLE.COM", "gmail"],
  ["smtp.google.com.", "gmail"],
  ["mx-eu.mail.am0.yahoodns.net", "yahoo"],
  ["mx01.mail.icloud.com", "icloud"],
  ["in1-smtp.messagingengine.com", "fastmail"],
])("mail at %s is %s", (exchange, provider) => {
  expect(mx(exchange)).toMatchObject({ source: "mx", provider });
});

test.each([
  ["mxbiz1.qq.com", "imap.exmail.qq.com"],
  ["qiye163mx01.mxmail.netease.com", "imap.qiye.163.com"],
  ["mx.zoho.eu", "imap.zoho.eu"],
  ["mx00.kundenserver.de", "imap.ionos.de"],
])("mail at %s is read at %s", (exchange, host) => {
  expect(mx(exchange)).toMatchObject({ provider: "other", imap: { host, port: 993, security: "tls" } });
});

test("the order of delivery decides, and a name that only ends alike is not taken", () => {
  expect(mx("mail.shop.example", "aspmx.l.google.com")).toMatchObject({ provider: "gmail" });
  expect(mx("evil-google.com", "google.com.evil.example")).toBeNull();
  expect(mx()).toBeNull();
});

const srv = (name: string, port: number, priority = 0, weight = 0) => ({ name, port, priority, weight });

test("lowest priority, then the heaviest; TLS before STARTTLS", () => {
  const found = settingsOfSrv("shop.example", {
    _imaps: [
      srv("b.shop.example", 993, 10, 1),
      srv("a.shop.example", 993, 10, 5),
      srv("c.shop.example", 993, 20),
    ],
    _imap: [srv("plain.shop.example", 143)],
    _submission: [srv("out.shop.example", 587)],
  });
  expect(found).toMatchObject({
    imap: { host: "a.shop.example", port: 993, security: "tls" },
    smtp: { host: "out.shop.example", port: 587, security: "starttls" },
  });
});

test.each([
  ["a dot says that there is none", [srv(".", 0)]],
  ["no name", [srv("", 993)]],
  ["an address", [srv("127.0.0.1", 993)]],
  ["another port", [srv("imap.shop.example", 6379)]],
  ["a name of one word", [srv("localhost", 993)]],
])("%s", (_what, records) => {
  expect(settingsOfSrv("shop.example", { _imaps: records })).toBeNull();
});
