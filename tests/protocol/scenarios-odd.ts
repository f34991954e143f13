/** Odd mail: very large, malformed, deeply nested; and by what its structure is known again. */
import { expect } from "vitest";
import { mail, readAll, type Scenario } from "./scenario.ts";

const large = (bytes: number): string => {
  const encoded = Buffer.alloc(bytes, "0123456789abcdef").toString("base64").replaceAll(/.{76}/g, "$&\r\n");
  return `From: a@example\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nthe text\r\n--b\r\nContent-Type: application/zip; name=big.zip\r\nContent-Disposition: attachment; filename=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n--b--\r\n`;
};

export const oddScenarios: Scenario[] = [
  {
    name: "a message of 50 MB comes as its text, its attachment only described, and whole when asked for",
    async play({ source, admin }) {
      const raw = large(37 * 1024 * 1024);
      await admin.append("INBOX", raw);
      const { epochKey } = await source.head("INBOX", null);
      const [message] = await readAll(source, "INBOX", epochKey, ["1"]);
      expect(message?.sizeBytes).toBe(raw.length);
      expect(message?.content).toMatchObject({
        kind: "parts",
        parts: { text: [{ partPath: "1", contentType: "text/plain", charset: "utf-8", truncated: false }] },
      });
      const parts = message?.content.kind === "parts" ? message.content.parts : null;
      expect(Buffer.from(parts?.text[0]?.body ?? []).toString()).toBe("the text");
      expect(Buffer.from(parts?.header ?? []).toString()).toMatch(/^From: a@example\r\n[^]*\r\n\r\n$/);
      expect(parts?.attachments).toMatchObject([
        { partPath: "2", filename: "big.zip", disposition: "attachment", encoding: "base64" },
      ]);
      expect((await source.fetchPart("INBOX", epochKey, "1", null)).length).toBe(raw.length);
      expect((await source.fetchPart("INBOX", epochKey, "1", "2")).length).toBe(
        parts?.attachments[0]?.sizeBytes,
      );
      await expect(source.fetchPart("INBOX", epochKey, "7", null)).rejects.toMatchObject({
        code: "message_gone",
      });
    },
  },
  {
    name: "no header, 10,000 header lines, 200 nested parts: each arrives, in one fetch",
    async play({ source, admin }) {
      const nested = Array.from(
        { length: 200 },
        (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
      ).join("");
      const raws = [
        "\r\nno header at all\r\n",
        `${Array.from({ length: 10_000 }, (_, n) => `X-Line-${n}: value`).join("\r\n")}\r\nSubject: many\r\n\r\nbody\r\n`,
        `MIME-Version: 1.0\r\nSubject: deep\r\n${nested}Content-Type: text/plain\r\n\r\ndeep text\r\n`,
        mail("last"),
      ];
      for (const raw of raws) await admin.append("INBOX", raw);
      const { epochKey } = await source.head("INBOX", null);
      const messages = await readAll(source, "INBOX", epochKey, ["1", "2", "3", "4", "5"]);
      expect(messages.map(({ key }) => key).sort()).toEqual(["1", "2", "3", "4"]);
      expect(messages.every(({ content }) => content.kind !== "unreadable")).toBe(true);
      const many = messages.find(({ key }) => key === "2")?.content;
      const header = many?.kind === "parts" ? many.parts.header : many?.kind === "source" ? many.raw : [];
      expect(Buffer.from(header).toString()).toContain("X-Line-9999: value\r\nSubject: many");
    },
  },
  {
    name: "the structure's digest is the same for a message and its copy, whole or in parts",
    async play({ source, admin }) {
      await admin.append("INBOX", large(90_000));
      await admin.append("INBOX", large(90_000));
      await admin.append("INBOX", mail("x", "short\r\n"));
      const { epochKey } = await source.head("INBOX", null);
      const parts = await readAll(source, "INBOX", epochKey, ["1", "3"]);
      const whole = await readAll(source, "INBOX", epochKey, ["2"], "source");
      expect(whole[0]?.content.kind).toBe("source");
      expect(whole[0]?.structureDigest).toBe(parts[0]?.structureDigest);
      expect(parts[1]?.structureDigest).not.toBe(parts[0]?.structureDigest);
    },
  },
];
