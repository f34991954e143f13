import { expect, test } from "vitest";
import { allPages } from "./all-pages.ts";

test("all pages are read, and what stands beside the items is kept", async () => {
  const pages: Record<string, { items: number[]; nextCursor: string | null; listed: boolean }> = {
    "": { items: [1, 2], nextCursor: "b", listed: true },
    b: { items: [3], nextCursor: "c", listed: true },
    c: { items: [], nextCursor: null, listed: true },
  };
  const list = await allPages(async ({ cursor }) => pages[cursor ?? ""]!);
  expect(list).toEqual({ items: [1, 2, 3], nextCursor: null, listed: true });
});
