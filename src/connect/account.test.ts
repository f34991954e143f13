import { expect, test } from "vitest";
import type { Account } from "../oauth/claims.ts";
import { assertAccount } from "./account.ts";

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
