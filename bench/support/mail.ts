/**
 * Mail for the benches: 10,000 messages are about 330 MB, as a business's mailbox has them: short replies, newsletters in
 * two forms, scanned invoices, pictures. The same every time.
 */

/** Numbers in [0, 1), the same for a seed every time (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const syllables =
  "ba re mi to sun ke lor van di pe ras hol gen ti mo ful ask ern ish ou qua zel nor wick".split(" ");

/** A language of 8,000 words, the frequent ones short, as Zipf has it. */
const vocabulary = (() => {
  const random = numbers(7);
  const words = new Set<string>();
  while (words.size < 8_000) {
    const length = 1 + Math.floor(random() * (1 + words.size / 2_500)) + (words.size > 100 ? 1 : 0);
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(""));
  }
  return [...words];
})();

function sentence(random: () => number): string {
  const words = Array.from({ length: 6 + Math.floor(random() * 14) }, () => {
    const rank = Math.floor(vocabulary.length ** random()) - 1;
    return vocabulary[Math.max(0, rank)]!;
  });
  return `${words.join(" ")}.`;
}

/** About so many characters of text, in lines. */
function prose(random: () => number, length: number): string {
  const lines: string[] = [];
  for (let size = 0; size < length; size += lines.at(-1)!.length + 2) lines.push(sentence(random));
  return lines.join("\r\n");
}

const base64Lines = (random: () => number, bytes: number): string => {
  const block = Buffer.from(Array.from({ length: 570 }, () => Math.floor(random() * 256))).toString("base64");
  const lines = block.match(/.{76}/g)!;
  return Array.from({ length: Math.ceil(bytes / 57) }, (_, n) => lines[n % lines.length]).join("\r\n");
};

const html = (text: string): string =>
  `<html><head><style>p { margin: 0 0 12px; font: 15px/1.5 Arial }</style></head><body><table width="100%"><tr><td>${text
    .split("\r\n")
    .map((line) => `<p style="color:#333">${line} <a href="https://shop.example/${line.length}">more</a></p>`)
    .join("\r\n")}</td></tr></table></body></html>`;

const part = (headers: string[], body: string): string => [...headers, "", body].join("\r\n");
const plain = (text: string): string =>
  part(["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"], text);
const hypertext = (text: string): string =>
  part(["Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit"], html(text));
const multipart = (kind: string, boundary: string, parts: string[]): string =>
  part(
    [`Content-Type: multipart/${kind}; boundary="${boundary}"`],
    [...parts.map((one) => `--${boundary}\r\n${one}`), `--${boundary}--`, ""].join("\r\n"),
  );
const file = (random: () => number, name: string, type: string, bytes: number): string =>
  part(
    [
      `Content-Type: ${type}; name="${name}"`,
      `Content-Disposition: attachment; filename="${name}"`,
      "Content-Transfer-Encoding: base64",
    ],
    base64Lines(random, bytes),
  );

function content(random: () => number, n: number): string {
  const kind = random();
  if (kind < 0.3) return plain(prose(random, 300 + random() * 3_000));
  const text = prose(random, 600 + random() * 5_000);
  const both = multipart("alternative", `alt${n}`, [plain(text), hypertext(text)]);
  if (kind < 0.68) return both;
  const size = 10_000 + random() ** 2 * 160_000;
  if (kind < 0.84)
    return multipart("mixed", `mix${n}`, [
      plain(prose(random, 400 + random() * 2_000)),
      file(random, `invoice-${n}.pdf`, "application/pdf", size),
    ]);
  return multipart("mixed", `mix${n}`, [both, file(random, `photo-${n}.jpg`, "image/jpeg", size)]);
}

export interface BenchMessage {
  messageId: string;
  raw: Buffer;
  seen: boolean;
}

/** Message `n` of a series; two of three answer an earlier one. Dates go back half an hour a message. */
export function benchMessage(n: number, to: string, startMs: number): BenchMessage {
  const random = numbers(n + 1);
  const thread = Math.floor(n / 3);
  const messageId = `<bench-${n}@shop.example>`;
  const isAnswer = n % 3 !== 0;
  const lines = [
    `Received: from mx${n % 7}.shop.example (mx${n % 7}.shop.example [192.0.2.${n % 250}]) by in.example with ESMTPS id ${n}`,
    `From: ${vocabulary[n % 900]!} ${vocabulary[1_000 + (n % 700)]!} <person${n % 911}@shop.example>`,
    `To: ${to}`,
    `Subject: ${isAnswer ? "Re: " : ""}${sentence(numbers(thread + 1)).slice(0, 60)}`,
    `Date: ${new Date(startMs - n * 1_800_000).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${messageId}`,
    ...(isAnswer
      ? [`In-Reply-To: <bench-${n - 1}@shop.example>`, `References: <bench-${n - (n % 3)}@shop.example>`]
      : []),
    "MIME-Version: 1.0",
    content(random, n),
  ];
  return { messageId, raw: Buffer.from(lines.join("\r\n")), seen: random() < 0.8 };
}
