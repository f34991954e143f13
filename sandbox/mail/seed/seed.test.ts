import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { personaByAddress } from "../../personas.ts";
import type { Persona } from "../../personas.ts";
import { headerValue, readHeaders } from "../mime/headers.ts";
import { plannedMail } from "./seed.ts";

const now = Date.UTC(2026, 5, 1, 9);

function persona(address: string): Persona {
  const found = personaByAddress(address);
  if (!found) throw new Error(`no persona ${address}`);
  return found;
}

describe.each([
  ["well@outlook.example", 300],
  ["other@outlook.example", 55],
  ["password@outlook.example", 38],
])("the first mail of %s", (address, atLeast) => {
  const mails = plannedMail(persona(address), now);

  test("is enough, the same each time, and not of the future", () => {
    expect(mails.length).toBeGreaterThanOrEqual(atLeast);
    expect(plannedMail(persona(address), now).map((mail) => mail.raw)).toEqual(mails.map((mail) => mail.raw));
    expect(mails.every((mail) => mail.date < now)).toBe(true);
    expect(mails.map((mail) => mail.date)).toEqual(mails.map((mail) => mail.date).toSorted((a, b) => a - b));
  });

  test("refers only to messages that are there, each once", () => {
    const headers = mails.map((mail) => readHeaders(mail.raw).headers);
    const ids = headers.map((list) => headerValue(list, "message-id"));
    expect(new Set(ids).size).toBe(mails.length);
    for (const list of headers) {
      const references = headerValue(list, "references")?.split(/\s+/) ?? [];
      for (const reference of references) expect(ids).toContain(reference);
    }
  });

  test("can be read: lines within 998 bytes, CRLF, text without replacement characters", async () => {
    for (const mail of mails) {
      const text = mail.raw.toString("latin1");
      expect(text).not.toMatch(/[^\r]\n|\r[^\n]/);
      expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThan(999);
      const parsed = await PostalMime.parse(mail.raw);
      expect(parsed.subject).toBeTruthy();
      expect(`${parsed.subject}${parsed.text}${parsed.html}${parsed.from?.name}`).not.toContain("\uFFFD");
    }
  });
});

test("older charsets come out as they were written", async () => {
  const mails = plannedMail(persona("well@outlook.example"), now);
  const texts = await Promise.all(
    mails.map(async (mail) => {
      const parsed = await PostalMime.parse(mail.raw);
      return { raw: mail.raw.toString("latin1"), text: `${parsed.subject} ${parsed.text}` };
    }),
  );
  const inCharset = (charset: string): string =>
    texts
      .filter((mail) => mail.raw.includes(`charset="${charset}"`))
      .map((mail) => mail.text)
      .join("\n");
  expect(inCharset("gbk")).toContain("壶嘴请做直的");
  expect(inCharset("gb2312")).toContain("收到的杯子有一个碎了");
  expect(inCharset("iso-2022-jp")).toContain("小鉢の追加注文について");
  expect(inCharset("windows-1256")).toContain("ليلى");
  expect(inCharset("iso-8859-1")).toContain("Händlerrabatt für größere Mengen");
});
