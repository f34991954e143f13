import { expect, test } from "vitest";
import { linkOf } from "./sign-in.ts";

test.each([
  [
    "http://localhost:3000/connect/0123456789abcdef0123456789abcdef_AbC-123_xyz",
    "0123456789abcdef0123456789abcdef_AbC-123_xyz",
  ],
  ["/connect/new", null],
  ["", null],
  ["http://localhost:3000/connect/short", null],
])("the link in %s is %s", (url, link) => {
  expect(linkOf(url)).toBe(link);
});
