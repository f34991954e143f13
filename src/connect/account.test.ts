import { describe, expect, test } from "vitest";
import type { Account } from "../oauth/claims.ts";
import { assertAccount, reachedBy } from "./account.ts";

const account: Account = {
  tid: "t",
  oid: "o",
  kind: "personal",
  addresses: ["ann@outlook.com", "ann@hotmail.com"],
  principal: "ann@outlook.com",
  name: null,
};

test("an address of the account fits, whatever its case", () => {
  expect(() => assertAccount(account, "Ann@Hotmail.com", null)).not.toThrow();
});

test("another address is a mismatch that names both", () => {
  expect(() => assertAccount(account, "bob@outlook.com", null)).toThrow(
    expect.objectContaining({
      code: "account_mismatch",
      message: "Signed in as ann@outlook.com, wanted bob@outlook.com.",
      details: { signedIn: "ann@outlook.com" },
    }),
  );
});

test("a reconnect must bring the very account: its address is not enough, and not needed", () => {
  expect(() => assertAccount(account, "renamed@outlook.com", { tid: "t", oid: "o" })).not.toThrow();
  for (const bound of [
    { tid: "t", oid: "another" },
    { tid: "another", oid: "o" },
  ])
    expect(() => assertAccount(account, "ann@outlook.com", bound)).toThrow(
      expect.objectContaining({ code: "account_mismatch" }),
    );
});

test("nobody is not anybody", () => {
  expect(() => assertAccount(null, "ann@outlook.com", null)).toThrow(
    expect.objectContaining({ code: "oauth_invalid_response" }),
  );
});

describe("reachedBy", () => {
  const delegate: Account = {
    ...account,
    kind: "work",
    tid: "work-tenant",
    addresses: ["dele@work.example"],
    principal: "dele@work.example",
  };
  const asked = { address: "shared@work.example", shared: true, aliasProved: false };

  test("a work account opens a shared mailbox, a personal one does not", () => {
    expect(reachedBy(delegate, asked, null)).toBe("shared");
    expect(reachedBy({ ...delegate, addresses: ["shared@work.example"] }, asked, null)).toBe("own");
    expect(() => reachedBy({ ...delegate, kind: "personal" }, asked, null)).toThrow();
  });

  test("a colleague takes a shared mailbox over, somebody of another organization does not", () => {
    const known = { relation: "shared" as const, subject: { tid: "work-tenant", oid: "another" } };
    expect(reachedBy(delegate, asked, known)).toBe("shared");
    expect(() =>
      reachedBy(delegate, asked, { ...known, subject: { tid: "else", oid: "another" } }),
    ).toThrow();
  });

  test("an alias only when it was proved, and never for a mailbox that another account is bound to", () => {
    const alias = { address: "alias@outlook.example", shared: false, aliasProved: true };
    expect(reachedBy(delegate, alias, null)).toBe("alias");
    expect(() => reachedBy(delegate, { ...alias, aliasProved: false }, null)).toThrow();
    const bound = { relation: "own" as const, subject: { tid: "t", oid: "o" } };
    expect(() => reachedBy(delegate, alias, bound)).toThrow();
  });
});
