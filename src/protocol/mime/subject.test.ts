import { describe, expect, test } from "vitest";
import { addressDomain, canonicalAddress, isAddress } from "./address.ts";
import { baseSubject, canonicalSubject, forwardSubject, hasReplyPrefix, replySubject } from "./subject.ts";

describe("subjects", () => {
  test.each([
    ["Re: Offer", "offer"],
    ["RE: AW: Sv: Offer", "offer"],
    ["Re[2]: Re(3): Re^4: Offer", "offer"],
    ["回复：答复: 转发：报价", "报价"],
    ["Fwd: [ticket 7]  Offer\t2", "[ticket 7] offer 2"],
    ["Réf : Offre", "offre"],
    ["Report: numbers", "report: numbers"],
    ["Reorder", "reorder"],
    ["Re:", ""],
    ["  Re : x", "x"],
    ["ＲＥ: fullwidth", "ｒｅ: fullwidth"],
    ["e\u0301te\u0301", "été"],
  ])("the base of %j is %j", (subject, base) => {
    expect(baseSubject(subject)).toBe(base);
  });

  test("reply prefixes are told from forwards and words", () => {
    for (const subject of ["Re: x", "AW: x", "SV: x", "回复：x", "答复: x", "Antw: x", "返信: x"])
      expect(hasReplyPrefix(subject)).toBe(true);
    for (const subject of ["x", "Fwd: x", "WG: x", "转发：x", "Regarding: x", "re x"])
      expect(hasReplyPrefix(subject)).toBe(false);
  });

  test("the canonical subject keeps its prefix", () => {
    expect(canonicalSubject(" Re:  a\r\n b ")).toBe("Re: a b");
  });

  test.each([
    ["Offer", "Re: Offer"],
    ["Re: Offer", "Re: Offer"],
    ["AW: RE: 回复：Offer", "Re: Offer"],
    ["Fwd: Offer", "Re: Fwd: Offer"],
    ["", "Re:"],
  ])("a reply to %j is %j", (subject, reply) => {
    expect(replySubject(subject)).toBe(reply);
  });

  test("a forward has one prefix", () => {
    expect(forwardSubject("FW: Fwd: Re: Offer")).toBe("Fwd: Re: Offer");
  });
});

describe("addresses", () => {
  test("canonical form", () => {
    expect(canonicalAddress(" <Ann.Example@A.EXAMPLE> ")).toBe("ann.example@a.example");
    expect(addressDomain("a@b@C.example")).toBe("c.example");
    expect(addressDomain("nobody")).toBe("");
  });

  test.each([
    "a@b.example",
    "a+b.c@b-c.example",
    "用户@例子.公司",
    "josé@müller.example",
    "a@localhost",
    "o'neill@a.example",
  ])("accepts %s", (address) => {
    expect(isAddress(address)).toBe(true);
  });

  test.each([
    "",
    "a",
    "@b.example",
    "a@",
    "a b@c.example",
    "a@b..example",
    ".a@b.example",
    "a@-b.example",
    "a@b.example\r\nBcc: x@y.example",
    "<a@b.example>",
    "a@b@c.example",
    `${"x".repeat(65)}@b.example`,
    "a,b@c.example",
  ])("refuses %j", (address) => {
    expect(isAddress(address)).toBe(false);
  });
});
