import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Translate } from "../app/i18n.ts";
import { attachmentName } from "./attachment-name.ts";
import { importShare } from "./mailbox-look.ts";
import { parseAddress, personName, shortName, whoLine } from "./people.ts";
import { textParts } from "./text-links.ts";

const own = new Set(["support@marlow.example"]);
const us = { name: "Marlow", address: "Support@marlow.example" };

describe("people", () => {
  test("a name that is only the address again is no name", () => {
    expect(personName({ name: "ines@duarte.example", address: "Ines@duarte.example" })).toBe("Ines");
    expect(personName({ name: " Ines Duarte ", address: "i@d.example" })).toBe("Ines Duarte");
  });
  test("short names: the first word, but Chinese names whole and 'Duarte, Ines' as it is", () => {
    expect(shortName({ name: "Ines Duarte", address: "i@d.example" })).toBe("Ines");
    expect(shortName({ name: "王 晓梅", address: "w@c.example" })).toBe("王 晓梅");
    expect(shortName({ name: "Duarte, Ines", address: "i@d.example" })).toBe("Duarte, Ines");
  });
  test("a list names the others, not ourselves", () => {
    expect(whoLine([us, { name: "Ines Duarte", address: "i@d.example" }], own)).toBe("Ines Duarte");
    expect(whoLine([us], own)).toBe("Marlow");
    expect(whoLine([], own)).toBe("");
  });
  test("many are counted", () => {
    const many = ["Ann B", "Cy D", "Ed F", "Gil H", "Ian J"].map((name) => ({
      name,
      address: `${name.charAt(0)}@x.example`,
    }));
    expect(whoLine(many, own)).toBe("Ann, Cy, Ed +2");
  });
});

test.each([
  ["invite.ics", "text/calendar", "invite.ics"],
  [null, "text/calendar", "inbox.thread.unnamedKinds.invitation"],
  [null, "message/delivery-status", "inbox.thread.unnamedKinds.report"],
  [null, "message/rfc822", "inbox.thread.unnamedKinds.original"],
  [null, "image/png", "inbox.thread.unnamed"],
])("a file %s of %s is called %s", (filename, contentType, name) => {
  const attachment = { n: 0, filename, contentType, sizeBytes: 1, inline: false, contentId: null };
  expect(attachmentName(attachment, ((key: string) => key) as Translate)).toBe(name);
});

describe("parseAddress", () => {
  test.each([
    ["ines@duarte.example", "", "ines@duarte.example"],
    [" ines@duarte.example, ", "", "ines@duarte.example"],
    ["Ines Duarte <ines@duarte.example>", "Ines Duarte", "ines@duarte.example"],
    ['"Duarte Ines" <ines@duarte.example>', "Duarte Ines", "ines@duarte.example"],
    ["用户@例子.example", "", "用户@例子.example"],
  ])("%s", (text, name, address) => expect(parseAddress(text)).toEqual({ name, address }));
  test.each(["", "ines", "ines@", "@duarte.example", "a b@c.example", "<>"])("%s is none", (text) =>
    expect(parseAddress(text)).toBeNull(),
  );
});

const links = (text: string) => textParts(text).flatMap((part) => (part.href === null ? [] : [part.href]));

describe("textParts", () => {
  test.each([
    ["See https://a.example/x?y=1.", ["https://a.example/x?y=1"]],
    ["(https://a.example/cup)", ["https://a.example/cup"]],
    ["https://a.example/Mug_(cup)", ["https://a.example/Mug_(cup)"]],
    ["请看https://a.example/页，谢谢", ["https://a.example/页"]],
    ["write to ines@duarte.example!", ["mailto:ines@duarte.example"]],
    ["javascript:alert(1) and ftp://x", []],
  ])("%s", (text, expected) => expect(links(text)).toEqual(expected));

  test("joined, the parts are the text again, and a link shows its whole target", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.emailAddress())), (words) => {
        const text = words.join(" ");
        const parts = textParts(text);
        expect(parts.map((part) => part.text).join("")).toBe(text);
        for (const part of parts)
          if (part.href !== null) expect(part.href.replace(/^mailto:/u, "")).toBe(part.text);
      }),
    );
  });
});

test("an import's share is known only while it runs", () => {
  const progress = { total: 200, done: 50, perSecond: 1, secondsLeft: 150 };
  expect(importShare({ state: "backfilling", progress })).toBe(0.25);
  expect(importShare({ state: "backfilling", progress: { ...progress, done: 300 } })).toBe(1);
  expect(importShare({ state: "backfilling", progress: { ...progress, total: 0 } })).toBeNull();
  expect(importShare({ state: "live", progress })).toBeNull();
});
