import { describe, expect, test } from "vitest";
import {
  draftProblems,
  fieldOfProblem,
  firstDraft,
  looksLikeAddress,
  passwordInput,
  withAddress,
  withFound,
  withSecurity,
} from "./password-form.ts";

const gmail = {
  imap: { host: "imap.gmail.com", port: 993, security: "tls" as const },
  smtp: { host: "smtp.gmail.com", port: 465, security: "tls" as const },
};
const other = { imap: null, smtp: null };
const draft = firstDraft(gmail, "mira@gmail.com", null);

describe("firstDraft", () => {
  test("the provider's servers, the address as user name, sending on", () => {
    expect(draft).toEqual({
      address: "mira@gmail.com",
      username: "mira@gmail.com",
      imap: { host: "imap.gmail.com", port: "993", security: "tls" },
      smtp: { host: "smtp.gmail.com", port: "465", security: "tls" },
      sending: true,
    });
  });

  test("for other providers a guess by the domain", () => {
    expect(firstDraft(other, "a@Shop.example", null).imap).toEqual({
      host: "imap.shop.example",
      port: "993",
      security: "tls",
    });
    expect(firstDraft(other, "", null).smtp.host).toBe("");
  });

  test("a mailbox that is reconnected keeps its own servers, and stays without sending", () => {
    const mailbox = {
      servers: { imap: { host: "mx.shop.example", port: 143, security: "starttls" as const }, smtp: null },
    };
    const again = firstDraft(gmail, "a@shop.example", mailbox);
    expect(again.imap).toEqual({ host: "mx.shop.example", port: "143", security: "starttls" });
    expect(again.sending).toBe(false);
  });
});

test("another encryption brings its usual port, a port of one's own stays", () => {
  expect(withSecurity(draft.imap, "imap", "starttls").port).toBe("143");
  expect(withSecurity(draft.smtp, "smtp", "starttls").port).toBe("587");
  expect(withSecurity({ ...draft.imap, port: "10143" }, "imap", "starttls").port).toBe("10143");
});

test("the user name follows the address until it was changed by hand", () => {
  expect(withAddress(draft, "x@y.example").username).toBe("x@y.example");
  expect(withAddress({ ...draft, username: "mira" }, "x@y.example").username).toBe("mira");
});

describe("draftProblems", () => {
  test("a whole form has none", () => {
    expect(draftProblems(draft, "secret")).toEqual({});
  });

  test("each wrong field is named as the server names it", () => {
    const wrong = {
      ...draft,
      address: "mira",
      username: " ",
      imap: { ...draft.imap, port: "0" },
      smtp: { ...draft.smtp, host: "" },
    };
    expect(draftProblems(wrong, "")).toEqual({
      address: "badAddress",
      username: "needed",
      password: "needed",
      "imap.port": "badPort",
      "smtp.host": "needed",
    });
  });

  test("sending that is off is not looked at", () => {
    expect(
      draftProblems({ ...draft, sending: false, smtp: { ...draft.smtp, host: "", port: "x" } }, "secret"),
    ).toEqual({});
  });
});

test("what is sent: numbers for ports, no smtp without sending, the mailbox only for a reconnect", () => {
  const sent = passwordInput({ ...draft, sending: false }, "s", { provider: "gmail", mailboxId: undefined });
  expect(sent).toEqual({
    address: "mira@gmail.com",
    provider: "gmail",
    username: "mira@gmail.com",
    password: "s",
    imap: { host: "imap.gmail.com", port: 993, security: "tls" },
  });
  expect(passwordInput(draft, "s", { provider: "gmail", mailboxId: "m" })).toMatchObject({
    mailboxId: "m",
    smtp: { port: 465 },
  });
});

test.each([
  ["imap.security", "imap.security"],
  ["smtp", "smtp.host"],
  ["password", "password"],
  ["body/imap/port", "imap.port"],
  ["folders", null],
  [undefined, null],
])("the server's field %s belongs to %s", (field, mine) => {
  expect(fieldOfProblem(field)).toBe(mine);
});

test.each([
  ["a@b.example", true],
  ["a@localhost", true],
  ["用户@例子.公司", true],
  ["a", false],
  ["a@", false],
  ["a@b@c", false],
  ["a b@c.example", false],
])("%s looks like an address: %s", (text, is) => {
  expect(looksLikeAddress(text)).toBe(is);
});

test("what was found fills the form while nobody changed it, and never afterwards", () => {
  const untouched = firstDraft({ imap: null, smtp: null }, "ann@shop.example", null);
  const found = {
    imap: { host: "mail.host.example", port: 993, security: "tls" as const },
    smtp: { host: "out.host.example", port: 587, security: "starttls" as const },
    username: "ann",
  };
  expect(withFound(untouched, untouched, found)).toMatchObject({
    username: "ann",
    imap: { host: "mail.host.example", port: "993" },
    smtp: { host: "out.host.example", port: "587", security: "starttls" },
  });
  const changed = { ...untouched, username: "mine" };
  expect(withFound(changed, untouched, found)).toBe(changed);
  expect(withFound(untouched, untouched, { ...found, imap: null })).toBe(untouched);
});
