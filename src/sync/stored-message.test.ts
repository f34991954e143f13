import { expect, test } from "vitest";
import { historyRange } from "./history.ts";
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
  expect(isNew("head", boundary + 1, boundary)).toBe(true);
  expect(isNew("head", boundary - 60_000, boundary)).toBe(true);
  expect(isNew("head", boundary - 600_000, boundary)).toBe(false);
  expect(isNew("tail", boundary + 1, boundary)).toBe(false);
  expect(isNew("head", boundary, null)).toBe(false);
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
  const row = threadable({ id: "i", mailboxId: "m", parsed, internalDateMs: null, nowMs: 7 });
  expect([
    row.messageId?.length,
    row.subjectKey.length,
    row.references.length,
    row.sentAtMs,
    row.receivedAtMs,
  ]).toEqual([600, 600, 200, null, 7]);
  expect(boundedTime(Number.NaN)).toBeNull();
});

test("arrays within unnest are escaped", () => {
  expect(arrayLiteral(['a"b', "c\\d", "{e,f}", ""])).toBe('{"a\\"b","c\\\\d","{e,f}",""}');
});

test("history counts from the day of connecting", () => {
  const now = Date.UTC(2026, 5, 1);
  expect(historyRange("all", now)).toEqual({ sinceMs: null });
  expect(historyRange("none", now)).toBeNull();
  expect(historyRange("1y", now)?.sinceMs).toBe(now - 365 * 86_400_000);
});
