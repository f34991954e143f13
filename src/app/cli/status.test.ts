import { expect, test } from "vitest";
import { describeStatus } from "./status.ts";

const at = "2026-11-26T03:00:00.000Z";
const mailbox = {
  id: "01a215ed-2296-7760-bc0b-075003f2513b",
  address: "orders@shop.example",
  state: "live" as const,
  stateSince: at,
  inStepAt: at,
  lagSeconds: 20,
  backlog: 0,
  throttledUntil: null,
  owner: { kind: "worker", hostname: "two", pid: 7 },
  intentsPending: 0,
  progress: null,
  messages: 12,
  searchable: 12,
  outboxPending: 0,
  finding: null,
};
const status = {
  version: "1.0.0",
  startedAt: at,
  database: { ok: true, version: "18.4", embedded: false },
  sandbox: false,
  processes: [{ kind: "worker", hostname: "two", pid: 7, startedAt: at, mailboxes: 1 }],
  mailboxes: [mailbox],
};

test("a mailbox that is well is one short line, below the processes", () => {
  expect(describeStatus(status)).toBe(
    `Hitchpost 1.0.0 · PostgreSQL 18.4\nworker on two (process 7): 1 mailbox\norders@shop.example: live since ${at} · 12 messages\n`,
  );
});

test("a mailbox at rest, proved to be in step five minutes ago, is not behind", () => {
  expect(describeStatus({ ...status, mailboxes: [{ ...mailbox, lagSeconds: 310 }] })).toBe(
    describeStatus(status),
  );
});

test("what it is behind with is told", () => {
  const behind = {
    ...mailbox,
    lagSeconds: 600,
    backlog: 40,
    intentsPending: 2,
    throttledUntil: at,
    owner: null,
    finding: "mailbox_throttled",
  };
  expect(
    describeStatus({ ...status, processes: [], mailboxes: [behind] })
      .split(" · ")
      .slice(3),
  ).toEqual([
    "40 still to import",
    `last in step ${at} (600 s behind)`,
    "2 changes on their way to the server",
    `its server asked for a pause until ${at}`,
    "looked after by nobody",
    "mailbox_throttled\n",
  ]);
});
