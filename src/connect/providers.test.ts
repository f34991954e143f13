import { expect, test } from "vitest";
import { providerOfAddress, providers, serversFor, type ProviderId } from "./providers.ts";

test.each<[string, ProviderId | null]>([
  ["a@outlook.com", "outlook"],
  ["a@Hotmail.com", "outlook"],
  ["a@live.fr", "outlook"],
  ["a@hotmail.co.uk", "outlook"],
  ["a@outlook.com.br", "outlook"],
  ["a@msn.com", "outlook"],
  ["a@gmail.com", "gmail"],
  ["a@ymail.com", "yahoo"],
  ["a@me.com", "icloud"],
  ["12345@qq.com", "qq"],
  ["a@126.com", "netease"],
  ["a@fastmail.fm", "fastmail"],
  ["well@outlook.example", "sandbox"],
  ["a@corp.example", null],
  ["a@notoutlook.com", null],
  ["a@outlook.evil.com", null],
  ["a@live.museum", null],
])("%s picks %s", (address, provider) => {
  expect(providerOfAddress(address)).toBe(provider);
});

test("every tile but the last knows its servers, and none of them in the clear", () => {
  for (const provider of providers.slice(0, -1)) {
    expect([provider.id, provider.imap?.port]).toEqual([provider.id, 993]);
    expect([provider.id, provider.smtp === null || provider.smtp.security === "none"]).toEqual([
      provider.id,
      false,
    ]);
  }
  expect(providers.at(-1)).toMatchObject({ id: "other", imap: null });
  expect(providers[0]?.id).toBe("outlook");
});

test("every tile that takes a password only says before anything is typed what it wants in its place, and where", () => {
  for (const { id, methods, passwordNote, passwordHelpUrl } of providers.slice(0, -1)) {
    expect([id, passwordNote === null]).toEqual([id, false]);
    expect([id, passwordHelpUrl === null]).toEqual([id, methods.includes("oauth")]); // else the button leads there
  }
});

test("NetEase serves each domain by hosts of its own", () => {
  const netease = providers.find((one) => one.id === "netease")!;
  expect(serversFor(netease, "a@126.com").imap?.host).toBe("imap.126.com");
  expect(serversFor(netease, "a@163.com").imap?.host).toBe("imap.163.com");
  expect(serversFor(netease, "").imap?.host).toBe("imap.163.com");
});
