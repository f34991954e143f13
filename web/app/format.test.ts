import { describe, expect, test } from "vitest";
import {
  clockTime,
  count,
  daysAgo,
  fileSize,
  listTime,
  messageTime,
  momentText,
  percent,
  relativeTime,
} from "./format.ts";

const now = new Date(2026, 2, 20, 15, 30);
const at = (...parts: [number, number, number, number, number]): string => new Date(...parts).toISOString();

test("daysAgo counts by the calendar, not by 24 hours", () => {
  expect(daysAgo(new Date(2026, 2, 19, 23, 59), now)).toBe(1);
  expect(daysAgo(new Date(2026, 2, 20, 0, 1), now)).toBe(0);
  expect(daysAgo(new Date(2026, 2, 21, 0, 1), now)).toBe(-1);
});

describe("listTime", () => {
  test.each([
    [at(2026, 2, 20, 10, 42), "10:42", "10:42"],
    [at(2026, 2, 19, 23, 59), "Yesterday", "昨天"],
    [at(2026, 2, 17, 9, 0), "Tue", "周二"],
    [at(2026, 0, 14, 9, 0), "14 Jan", "1月14日"],
    [at(2024, 2, 14, 9, 0), "14/03/2024", "2024/03/14"],
  ])("%s", (iso, english, chinese) => {
    expect(listTime(iso, now, "en-GB")).toBe(english);
    expect(listTime(iso, now, "zh-CN")).toBe(chinese);
  });

  test("tomorrow is a date, not a weekday that might be taken for the last one", () => {
    expect(listTime(at(2026, 2, 21, 9, 0), now, "en-GB")).toBe("21 Mar");
  });
});

test("a time of day is written in one way", () => {
  const morning = at(2026, 2, 20, 9, 7);
  expect(clockTime(morning, "en-US")).toBe("9:07 AM");
  expect(momentText(morning, now, "en-US")).toBe("9:07 AM");
  expect(messageTime(morning, now, "en-US")).toBe("9:07 AM");
  expect(momentText(at(2026, 2, 19, 21, 7), now, "en-US")).toBe("Mar 19, 9:07 PM");
  expect(momentText(at(2024, 2, 19, 21, 7), now, "zh-CN")).toBe("2024年3月19日 21:07");
});

test("messageTime adds the time of day to what listTime says", () => {
  expect(messageTime(at(2026, 2, 20, 10, 42), now, "en-GB")).toBe("10:42");
  expect(messageTime(at(2026, 2, 19, 10, 42), now, "en-GB")).toBe("Yesterday 10:42");
  expect(messageTime(at(2025, 2, 19, 10, 42), now, "en-GB")).toContain("2025");
});

test("relativeTime takes the largest unit", () => {
  expect(relativeTime(new Date(now.getTime() + 3 * 3_600_000).toISOString(), now, "en")).toBe("in 3 hours");
  expect(relativeTime(new Date(now.getTime() - 2 * 86_400_000).toISOString(), now, "en")).toBe("2 days ago");
});

test("sizes, counts and shares in the language's way", () => {
  expect(fileSize(12, "en")).toBe("12 bytes");
  expect(fileSize(1_840_000, "en")).toBe("1.8 MB");
  expect(fileSize(640_000, "en")).toBe("640 kB");
  expect(count(12345, "en")).toBe("12,345");
  expect(percent(0.413, "en")).toBe("41%");
});
