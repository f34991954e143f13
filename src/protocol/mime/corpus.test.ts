/** Real messages, where they are at hand: `CORPUS_DIR`, or a folder `shared/corpus` beside the checkout. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { parseMessage, parseParts } from "./parse.ts";
import { walkSource } from "./structure.ts";

const corpus = join(
  process.env["CORPUS_DIR"] ?? join(import.meta.dirname, "../../../../shared/corpus"),
  "mikel-mail",
);
const present = existsSync(corpus);
const files = present
  ? readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".eml"))
  : [];
const fold = (text: string | undefined) => (text ?? "").replace(/\s+/g, " ").trim();
/** Where another parser leaves raw 8-bit text unread, or decodes what its label calls something else. */
const betterHere =
  /invalid_subject_characters|raw_email10|raw_email6|content_transfer_encoding_(plain|empty)/;

describe.skipIf(!present)("real messages", () => {
  test("there are some", () => expect(files.length).toBeGreaterThan(50));

  test.each(files)("%s is read as another parser reads it", async (name) => {
    const raw = readFileSync(join(corpus, name));
    const message = await parseMessage(raw);
    expect(JSON.stringify(message)).not.toContain("\\u0000");
    const other = await PostalMime.parse(raw, { forceRfc822Attachments: true });
    expect(message.attachments).toHaveLength(other.attachments.length);
    if (betterHere.test(name)) return;
    expect(message.subject).toBe(fold(other.subject));
    if (other.text !== undefined) expect(fold(message.text)).toBe(fold(other.text));
    if (other.html !== undefined && message.html !== null) expect(fold(message.html)).toBe(fold(other.html));
  });

  test.each(files)("%s is the same when fetched in parts", async (name) => {
    const raw = readFileSync(join(corpus, name));
    const { tooDeep: _, ...parts } = walkSource(raw);
    const bare = parts.text.map(({ alternative: _a, flowed: _f, delSp: _d, ...part }) => part);
    expect(await parseParts(parts)).toEqual(await parseMessage(raw));
    const { text, ...rest } = await parseParts({ ...parts, text: bare });
    const whole = await parseMessage(raw);
    expect(fold(text)).toBe(fold(whole.text));
    expect({ ...rest, text: whole.text }).toEqual(whole);
  });
});
