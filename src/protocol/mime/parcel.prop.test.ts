import * as fc from "fast-check";
import { expect, test } from "vitest";
import { packMessage, unpackBody } from "./packed-body.ts";
import { packJobs, packReplies, unpackJobs, unpackReplies, type ParseJob } from "./parcel.ts";
import { parseHeaderOnly, parseMessage } from "./parse.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const textPart = fc.record({
  partPath: fc.constantFrom("1", "2.1"),
  contentType: fc.constant("text/plain"),
  charset: fc.option(fc.string()),
  encoding: fc.constant("8bit"),
  truncated: fc.boolean(),
  body: bytes,
});
const job = fc.record({
  id: fc.nat(),
  content: fc.oneof(
    fc.record({ kind: fc.constant("source"), raw: bytes }),
    fc.record({
      kind: fc.constant("parts"),
      parts: fc.record({
        header: bytes,
        text: fc.array(textPart, { maxLength: 3 }),
        attachments: fc.constant([]),
      }),
    }),
  ),
});

test("jobs come out as they went in, and the octets given stay as they are", () => {
  fc.assert(
    fc.property(fc.array(job, { maxLength: 5 }), (made) => {
      const jobs = made as ParseJob[];
      const before = structuredClone(jobs);
      const parcel = packJobs(jobs);
      expect(unpackJobs(structuredClone(parcel, { transfer: [parcel.bytes.buffer] }))).toEqual(before);
      expect(jobs).toEqual(before);
    }),
  );
});

test("a view into a large buffer takes its own octets along, no others", () => {
  const large = Buffer.alloc(1_000_000, "x");
  const parcel = packJobs([{ id: 1, content: { kind: "source", raw: large.subarray(10, 20) } }]);
  expect(parcel.bytes.buffer.byteLength).toBe(10);
});

test("messages come out as they went in: long text, lone surrogates, what failed", async () => {
  const raw = Buffer.from(
    "Subject: =?utf-8?B?5L2g5aW9?=\r\nFrom: Zoë <a@x.example>\r\nMessage-ID: <a@x>\r\n\r\nGrüße \u{1f600} 你好",
  );
  const parsed = packMessage(await parseMessage(raw));
  const odd = packMessage({ ...parseHeaderOnly(raw, "parse_failed"), subject: "\ud800 alone" });
  const replies = [
    { id: 1, message: parsed, error: null },
    { id: 2, message: null, error: "thrown" },
    { id: 3, message: odd, error: null },
  ];
  const parcel = packReplies(replies);
  const [first, second, third] = unpackReplies(structuredClone(parcel, { transfer: [parcel.bytes.buffer] }));
  expect(second).toEqual(replies[1]);
  for (const [got, sent] of [
    [first, parsed],
    [third, odd],
  ] as const) {
    const { body, searchText, ...rest } = got!.message!;
    const { body: sentBody, searchText: sentText, ...sentRest } = sent;
    expect(rest).toEqual(sentRest);
    expect(Buffer.from(searchText).equals(sentText)).toBe(true);
    expect(unpackBody(body.bytes)).toEqual(unpackBody(sentBody.bytes));
    expect(body.hasHtml).toBe(sentBody.hasHtml);
  }
});
