import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { imageToken, readImageToken } from "./image-token.ts";

const key = randomBytes(32);
const url = "https://tracker.example/pixel.gif?u=1&v=ü";
const refused = expect.objectContaining({ code: "not_found" });

test("what was signed for a message is read back for it", () => {
  expect(readImageToken(key, "m1", imageToken(key, "m1", url)!)).toBe(url);
});

test("it is good for no other message, address or key", () => {
  const token = imageToken(key, "m1", url)!;
  const [, signature] = token.split(".");
  const other = `${Buffer.from("http://169.254.169.254/").toString("base64url")}.${signature}`;
  expect(() => readImageToken(key, "m2", token)).toThrow(refused);
  expect(() => readImageToken(key, "m1", other)).toThrow(refused);
  expect(() => readImageToken(randomBytes(32), "m1", token)).toThrow(refused);
});

test.each(["", ".", "x", "x.", ".x", "a.b.c", "%00"])("%j is none of ours", (token) => {
  expect(() => readImageToken(key, "m1", token)).toThrow(refused);
});

test("an address too long to be one gets no token, and the longest that does fits into a parameter", () => {
  const longest = `https://x.example/${"x".repeat(2_000 - 18)}`;
  expect(imageToken(key, "m1", longest)?.length).toBeLessThan(4_000);
  expect(imageToken(key, "m1", `${longest}x`)).toBeNull();
});
