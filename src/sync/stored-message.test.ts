import { expect, test } from "vitest";
import { historyRange, isWider } from "./history.ts";
import { arrayLiteral } from "./ingest-rows.ts";
import {
  boundedTime,
  isNew,
  isOnlyToSelf,
  locationDirection,
  messageDirection,
  normaliseFlags,
  placeholder,
  threadable,
} from "./stored-message.ts";

const own = "support@example.com";
const address = (text: string) => ({ name: "", address: text });

test("direction: out in Sent; in Inbox even when From is ours, for it may be forged", () => {
  expect(locationDirection("sent", false)).toBe("out");
  expect(locationDirection("inbox", true)).toBe("in");
  expect(locationDirection("junk", true)).toBe("in");
  expect(locationDirection("archive", true)).toBe("out");
  expect(locationDirection(null, false)).toBe("in");
});

test("a message that stands in Sent and in Inbox went out, unless it is to oneself alone", () => {
  expect(messageDirection(["in", "out"], false)).toBe("out");
  expect(messageDirection(["in", "out"], true)).toBe("in");
  expect(messageDirection(["in"], false)).toBe("in");
  expect(messageDirection(["out"], true)).toBe("out");
  const note = { ...placeholder("bad_date", ""), from: address("Support@Example.com"), to: [address(own)] };
  expect(isOnlyToSelf(note, own)).toBe(true);
  expect(isOnlyToSelf({ ...note, cc: [address("ann@example.org")] }, own)).toBe(false);
});

test("new: above the boundary and received after it, clocks 2 minutes apart", () => {
  const boundary = 1_000_000_000;
  const folder = { boundaryAtMs: boundary };
  expect(isNew({ origin: "head", folder }, boundary + 1)).toBe(true);
  expect(isNew({ origin: "head", folder }, boundary - 60_000)).toBe(true);
  expect(isNew({ origin: "head", folder }, boundary - 600_000)).toBe(false);
  expect(isNew({ origin: "tail", folder }, boundary + 1)).toBe(false);
  expect(isNew({ origin: "head", folder: { boundaryAtMs: null } }, boundary)).toBe(false);
});

test("new, too: what came to a renumbered folder after the last look at its old numbers", () => {
  const boundary = 1_000_000_000;
  const seenUntilMs = boundary + 3_600_000;
  const renumbered = { origin: "tail" as const, folder: { boundaryAtMs: boundary }, seenUntilMs };
  expect(isNew(renumbered, seenUntilMs + 1)).toBe(true);
  expect(isNew(renumbered, seenUntilMs - 60_000)).toBe(true);
  expect(isNew(renumbered, seenUntilMs - 600_000)).toBe(false);
  expect(isNew(renumbered, null)).toBe(false);
  expect(isNew({ ...renumbered, seenUntilMs: boundary - 3_600_000 }, boundary - 600_000)).toBe(false);
});

test("flags in one spelling", () => {
  expect(normaliseFlags(["\\seen", "\\Recent", "$Forwarded", "\\Seen"])).toEqual(["$Forwarded", "\\Seen"]);
});

test("lengths and times stay within what the indexes and PostgreSQL take", () => {
  const long = "x".repeat(5_000);
  const parsed = {
    ...placeholder("bad_date", ""),
    messageId: long,
    subject: long,
    references: Array.from({ length: 900 }, () => long),
    dateMs: 1e17,
  };
  const facts = { id: "i", mailboxId: "m", mailboxAddress: "m@x.example", internalDateMs: null, nowMs: 7 };
  const row = threadable({ ...facts, parsed });
  expect([
    row.messageId?.length,
    row.subjectKey.length,
    row.references.length,
    row.sentAtMs,
    row.receivedAtMs,
  ]).toEqual([2_400, 2_400, 200, null, 7]);
  const wide = threadable({ ...facts, parsed: { ...parsed, messageId: "漢".repeat(5_000) } });
  expect(Buffer.byteLength(wide.messageId!)).toBeLessThanOrEqual(2_400);
  expect(boundedTime(Number.NaN)).toBeNull();
  const future = { ...parsed, dateMs: Date.UTC(9999, 0, 1) }; // received after now it would stay on top for ever
  expect(threadable({ ...facts, parsed: future })).toMatchObject({
    sentAtMs: future.dateMs,
    receivedAtMs: 7,
  });
});

test("arrays within unnest are escaped", () => {
  expect(arrayLiteral(['a"b', "c\\d", "{e,f}", ""])).toBe('{"a\\"b","c\\\\d","{e,f}",""}');
});

test("history counts from the day of the choice", () => {
  const now = Date.UTC(2026, 5, 1);
  expect(historyRange("all", now)).toEqual({ sinceMs: null });
  expect(historyRange("none", now)).toEqual({ sinceMs: now - 120_000 });
  expect(historyRange("1y", now).sinceMs).toBe(now - 365 * 86_400_000);
});

test("a history is wider when it reaches further back, by more than a day", () => {
  const now = Date.UTC(2026, 5, 1);
  const [all, year, month, none] = ["all", "1y", "1m", "none"].map((history) => historyRange(history, now));
  expect([isWider(all!, year!), isWider(year!, month!), isWider(month!, none!)]).toEqual([true, true, true]);
  expect([isWider(year!, all!), isWider(month!, year!), isWider(all!, all!)]).toEqual([false, false, false]);
  expect(isWider(historyRange("1m", now), historyRange("1m", now + 3_600_000))).toBe(false);
});
