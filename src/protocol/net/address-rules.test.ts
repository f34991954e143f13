import { describe, expect, test } from "vitest";
import { classifyAddress, mailPorts, refusal } from "./address-rules.ts";

const table: [address: string, kind: string][] = [
  ["8.8.8.8", "public"],
  ["2606:4700::1111", "public"],
  ["127.0.0.1", "loopback"],
  ["127.255.0.9", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["64:ff9b::127.0.0.1", "loopback"],
  ["64:ff9b::8.8.8.8", "public"],
  ["64:ff9b::a00:1", "private"],
  ["64:ff9b:1::a00:1", "never"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.32.0.1", "public"],
  ["192.168.1.1", "private"],
  ["::ffff:192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["100.128.0.1", "public"],
  ["fd00::1", "private"],
  ["169.254.169.254", "never"],
  ["::ffff:169.254.169.254", "never"],
  ["fe80::1", "never"],
  ["fe80::1%eth0", "never"],
  ["0.0.0.0", "never"],
  ["::", "never"],
  ["::7f00:1", "never"],
  ["fec0::1", "never"],
  ["224.0.0.1", "never"],
  ["ff02::1", "never"],
  ["255.255.255.255", "never"],
  ["240.0.0.1", "never"],
  ["192.0.2.1", "never"],
  ["2001:db8::1", "never"],
  ["2002:7f00:1::", "never"],
  ["2001:0:1::1", "never"],
  ["mail.example", "never"],
  ["", "never"],
];

describe("classifyAddress", () => {
  test.each(table)("%s is %s", (address, kind) => expect(classifyAddress(address)).toBe(kind));
});

describe("refusal", () => {
  const strict = { allowPrivateHosts: false, allowedPorts: mailPorts };
  const open = { allowPrivateHosts: true, allowedPorts: mailPorts };
  test("a public server at a mail port is dialed, at another port not", () => {
    expect(refusal("8.8.8.8", 993, strict)).toBeNull();
    expect(refusal("8.8.8.8", 5432, strict)).toContain("5432");
    expect(refusal("8.8.8.8", 5432, open)).toContain("5432");
  });
  test("private and loopback addresses need the operator's leave; any port only on loopback", () => {
    expect(refusal("127.0.0.1", 993, strict)).toContain("loopback");
    expect(refusal("10.1.1.1", 993, strict)).toContain("private");
    expect(refusal("127.0.0.1", 40143, open)).toBeNull();
    expect(refusal("10.1.1.1", 993, open)).toBeNull();
    expect(refusal("10.1.1.1", 40143, open)).toContain("40143");
  });
  test("cloud metadata stays out of reach even then", () => {
    expect(refusal("169.254.169.254", 993, open)).not.toBeNull();
  });
});
