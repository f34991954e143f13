import { expect, test } from "vitest";
import type { Attempt } from "../store/attempts.ts";
import { freshChecks, viewAttempt } from "./attempt-state.ts";

const now = Date.UTC(2026, 0, 1);
const row: Attempt = {
  workspaceId: "w",
  id: "i",
  mailboxId: null,
  appId: null,
  address: "ann@outlook.com",
  provider: "outlook",
  method: "oauth",
  flow: "browser",
  transport: null,
  step: "authorizing",
  linkHash: Buffer.alloc(32),
  bindingHash: null,
  stateHash: null,
  secret: { link: "l", nonce: "n" },
  device: null,
  checks: [],
  finding: null,
  account: null,
  requestedBy: null,
  requestedByName: "Jo",
  relation: "own",
  delegate: null,
  signInUntil: null,
  adminConsentedAt: null,
  createdAt: new Date(now),
  expiresAt: new Date(now + 1),
  finishedAt: null,
};

test("an attempt is what its row says until its time is over", () => {
  expect(viewAttempt(row, now)).toMatchObject({ step: "authorizing", secret: { link: "l", nonce: "n" } });
  expect(viewAttempt(row, now + 2).step).toBe("expired");
});

test("a link outlives the sign-in that was begun with it: that one alone runs out", () => {
  const sent = { ...row, expiresAt: new Date(now + 1_000), signInUntil: new Date(now + 10) };
  expect(viewAttempt(sent, now).step).toBe("authorizing");
  expect(viewAttempt(sent, now + 20).step).toBe("waiting");
  expect(viewAttempt({ ...sent, step: "finding" }, now + 20).step).toBe("finding");
  expect(viewAttempt({ ...sent, flow: "device" }, now + 20).step).toBe("authorizing");
  expect(viewAttempt(sent, now + 2_000).step).toBe("expired");
});

test("one that is finished does not expire", () => {
  expect(viewAttempt({ ...row, step: "connected", finishedAt: new Date(now) }, now + 2).step).toBe(
    "connected",
  );
});

test("a row without secret, checks or finding can be read", () => {
  expect(viewAttempt({ ...row, secret: null, checks: null, finding: undefined }, now)).toMatchObject({
    secret: {},
    checks: [],
    finding: null,
  });
});

test("a row that makes no sense is refused, not shown", () => {
  expect(() => viewAttempt({ ...row, step: "elsewhere" }, now)).toThrow();
  expect(() => viewAttempt({ ...row, checks: [{ step: "x" }] }, now)).toThrow();
});

test("four ticks to come", () => {
  expect(freshChecks().map(({ step, state }) => `${step} ${state}`)).toEqual([
    "account waiting",
    "mailbox waiting",
    "reading waiting",
    "sending waiting",
  ]);
});
