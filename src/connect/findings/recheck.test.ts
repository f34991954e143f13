import { expect, test } from "vitest";
import { keepsGrant, moreSpecific, nextCheckAt } from "./recheck.ts";

const opened = Date.UTC(2026, 0, 1);
const hour = 3_600_000;
const after = (hours: number): number | null => {
  const next = nextCheckAt("mailbox_not_initialised", opened, opened + hours * hour);
  return next === null ? null : (next.getTime() - opened) / hour;
};

test("a new mailbox is looked at after 1 h, 6 h, then daily, for 7 days", () => {
  expect([0, 0.9, 1, 5.9, 6, 23.9, 24, 150, 167, 168, 400].map(after)).toEqual([
    1,
    1,
    6,
    6,
    24,
    24,
    48,
    168,
    168,
    null,
    null,
  ]);
});

test("a restart in between neither hurries nor puts the look off", () => {
  expect(after(3)).toBe(6);
  expect(after(3.5)).toBe(6);
});

const kept = (code: string, step = "mailbox") => keepsGrant({ code, params: { step } });

test("the others go by their own pause, or wait for somebody", () => {
  expect(nextCheckAt("throttled", opened, opened + hour)?.getTime()).toBe(opened + hour + 5 * 60_000);
  expect(nextCheckAt("grant_expired", opened, opened)).toBeNull();
  expect(kept("mailbox_not_initialised")).toBe(true);
  expect(kept("imap_disabled", "reading")).toBe(true);
  expect(kept("server_busy")).toBe(true);
  expect(kept("server_busy", "sending")).toBe(false);
  expect(kept("account_mismatch", "account")).toBe(false);
  expect(kept("mailbox_without_licence")).toBe(false);
});

const told = (open: string, code: string, params = {}) => moreSpecific([open], { code, params });

test("what was told apart stays so when a later look only sees that nothing opens", () => {
  expect(told("mailbox_not_initialised", "imap_not_open")).toBe("mailbox_not_initialised");
  expect(told("mailbox_not_initialised", "imap_disabled", { perhaps: "new" })).toBe(
    "mailbox_not_initialised",
  );
  expect(told("mailbox_not_initialised", "imap_disabled")).toBe("imap_disabled"); // Graph opens it by now
  expect(told("mailbox_not_initialised", "grant_expired")).toBe("grant_expired");
  expect(told("imap_disabled", "imap_not_open")).toBe("imap_disabled");
  expect(told("throttled", "imap_not_open")).toBe("imap_not_open");
});
