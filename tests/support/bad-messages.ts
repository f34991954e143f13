/** Messages that senders and broken programs really make, and some that only an attacker makes (issue 2, "Bad input"). */

export interface BadMessage {
  name: string;
  /** Inbox: "". */
  folder: string;
  raw: Buffer;
  /** What the stored message must be flagged with. */
  flags?: string[];
  /** Part of the stored subject. */
  subject?: string;
  /** The Message-ID as the header has it. */
  messageId?: string;
  /** A word that search must find it by. */
  word?: string;
  /** Attachments it must have. */
  attachments?: number;
}

const megabyte = 1024 * 1024;

const mail = (headers: string[], body: string | Buffer, encoding: BufferEncoding = "utf8"): Buffer =>
  Buffer.concat([
    Buffer.from(`${headers.join("\r\n")}\r\n\r\n`, encoding),
    typeof body === "string" ? Buffer.from(body, encoding) : body,
  ]);

const usual = (name: string): string[] => [
  "From: Sender <sender@bad.example>",
  "To: well@dovecot.example",
  `Message-ID: <${name}@bad.example>`,
  "Date: Mon, 02 Nov 2026 08:30:00 +0000",
  "MIME-Version: 1.0",
];

const plain = (name: string, body: string | Buffer, headers: string[] = []): Buffer =>
  mail([...usual(name), ...headers, "Content-Type: text/plain; charset=utf-8"], body);

const html = (name: string, body: string): Buffer =>
  mail([...usual(name), `Subject: ${name}`, "Content-Type: text/html; charset=utf-8"], body);

function nested(depth: number): string {
  let body = "Content-Type: text/plain\r\n\r\nthe innermost pangolin\r\n";
  for (let level = depth; level > 0; level--)
    body = `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n${body}--b${level}--\r\n`;
  return body;
}

/** Base64 in lines of 76, so many bytes of it. */
const base64Lines = (bytes: number): string => {
  const line = `${"QUJD".repeat(19)}\r\n`;
  return line.repeat(Math.ceil(bytes / line.length));
};

const largeAttachment = (): Buffer =>
  mail(
    [...usual("large-file"), "Subject: fifty megabytes", 'Content-Type: multipart/mixed; boundary="big"'],
    [
      "--big\r\nContent-Type: text/plain\r\n\r\nthe tapir comes with a film\r\n",
      '--big\r\nContent-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\n',
      "Content-Transfer-Encoding: base64\r\n\r\n",
      base64Lines(50 * megabyte),
      "--big--\r\n",
    ].join(""),
  );

const headersOnly: BadMessage[] = [
  {
    name: "no-headers",
    folder: "",
    raw: Buffer.from("\r\nA body about a quokka and no header at all.\r\n"),
    flags: ["no_headers"],
    word: "quokka",
  },
  { name: "empty", folder: "", raw: Buffer.alloc(0), flags: ["no_headers"] },
  {
    name: "10000-headers",
    folder: "",
    raw: plain("many-headers", "the okapi reads on\r\n", [
      "Subject: ten thousand lines",
      ...Array.from({ length: 10_000 }, (_, n) => `X-Trace-${n}: hop ${n} of the way`),
    ]),
    flags: ["headers_truncated"],
    subject: "ten thousand lines",
    word: "okapi",
  },
  {
    name: "late-headers",
    folder: "",
    raw: mail(
      [
        "From: x@bad.example",
        ...Array.from({ length: 10_000 }, (_, n) => `X-Trace-${n}: hop ${n} of the way`),
        "Subject: at the very end",
        "Message-ID: <late@bad.example>",
      ],
      "the quoll was there\r\n",
    ),
    flags: ["headers_truncated"],
    subject: "at the very end",
    messageId: "<late@bad.example>",
    word: "quoll",
  },
  ...["bare@bad.example", "<with blanks @bad.example>", `<${"long".repeat(225)}@bad.example>`].map(
    (messageId, n) => ({
      name: `odd-id-${n}`,
      folder: "",
      raw: mail(["From: x@bad.example", `Subject: odd id ${n}`, `Message-ID: ${messageId}`], "dunnart\r\n"),
      messageId,
    }),
  ),
  {
    name: "nul",
    folder: "",
    raw: plain("nul", "before\0behind the narwhal\r\n", ["Subject: a\0b nul =?utf-8?Q?c=00d?="]),
    flags: ["nul_removed"],
    word: "narwhal",
  },
  {
    name: "raw-utf8-header",
    folder: "",
    raw: mail(["From: Jörg Müller <joerg@bad.example>", "Subject: Größe der Töpfe"], "axolotl\r\n"),
    subject: "Größe der Töpfe",
    word: "axolotl",
  },
  {
    name: "raw-latin1-header",
    folder: "",
    raw: mail(["From: Jörg <joerg@bad.example>", "Subject: Größe in latin"], "capybara\r\n", "latin1"),
    subject: "in latin",
    word: "capybara",
  },
  {
    name: "bad-date",
    folder: "",
    raw: mail(["From: x@bad.example", "Subject: no such day", "Date: the 40th of Nevember"], "wombat\r\n"),
    flags: ["bad_date"],
    word: "wombat",
  },
  {
    name: "far-date",
    folder: "",
    raw: mail(["From: x@bad.example", "Subject: far", "Date: Fri, 31 Dec 275760 00:00:00 +0000"], "ibex\r\n"),
    word: "ibex",
  },
  {
    name: "huge-headers",
    folder: "",
    raw: mail(
      [
        `From: "${"Ä".repeat(20_000)}" <${"x".repeat(5_000)}@${"y".repeat(5_000)}.example>`,
        `To: ${Array.from({ length: 5_000 }, (_, n) => `p${n}@many.example`).join(",\r\n ")}`,
        `Message-ID: <${Array.from({ length: 3_000 }, (_, n) => (n * 7919).toString(36)).join("")}@bad.example>`,
        `References: ${Array.from({ length: 5_000 }, (_, n) => `<ref-${n}@bad.example>`).join("\r\n ")}`,
        `Subject: ${Array.from({ length: 3_000 }, (_, n) => `s${(n * 104_729).toString(36)}`).join("\r\n ")}`,
      ],
      "the pademelon has much to declare\r\n",
    ),
    word: "pademelon",
  },
];

const bodies: BadMessage[] = [
  {
    name: "200-nested",
    folder: "",
    raw: Buffer.from(`${[...usual("nested"), "Subject: two hundred boxes"].join("\r\n")}\r\n${nested(200)}`),
    flags: ["too_deep"],
    subject: "two hundred boxes",
  },
  {
    name: "wrong-charset",
    folder: "",
    raw: plain("wrong-charset", Buffer.from("a gro\xdfer numbat\r\n", "latin1"), ["Subject: charset"]),
    flags: ["bad_charset"],
    word: "numbat",
  },
  {
    name: "unknown-charset",
    folder: "",
    raw: mail(
      [...usual("unknown-charset"), "Subject: charset", "Content-Type: text/plain; charset=x-none-77"],
      "a bilby\r\n",
    ),
    flags: ["bad_charset"],
    word: "bilby",
  },
  {
    name: "invalid-utf8",
    folder: "",
    raw: plain("invalid-utf8", Buffer.from("a \xed\xa0\x80 lone \xff\xfe dugong\r\n", "latin1"), [
      "Subject: =?utf-8?Q?lone_=ED=A0=80_half?=",
    ]),
    word: "dugong",
  },
  {
    name: "surrogate-entities",
    folder: "",
    raw: html("surrogate-entities", "<p>&#xD800; &#0; &#x110000; \u0000 <b>cassowary</b></p>"),
    word: "cassowary",
  },
  {
    name: "utf16-half",
    folder: "",
    raw: mail(
      [
        ...usual("utf16-half"),
        "Subject: =?utf-16?B?2AA=?= halves",
        "Content-Type: text/plain; charset=utf-16le",
        "Content-Transfer-Encoding: base64",
      ],
      Buffer.from(Buffer.from("a \ud800 kinkajou", "utf16le").toString("base64")),
    ),
    word: "kinkajou",
  },
  {
    name: "open-multipart",
    folder: "",
    raw: mail(
      [...usual("open-multipart"), "Subject: never closed", 'Content-Type: multipart/mixed; boundary="x"'],
      "--x\r\nContent-Type: text/plain\r\n\r\na fossa\r\n--x\r\nContent-Type: text/plain\r\nContent-Tra",
    ),
    word: "fossa",
  },
  {
    name: "evil-names",
    folder: "",
    raw: mail(
      [...usual("evil-names"), "Subject: names", 'Content-Type: multipart/mixed; boundary="x"'],
      [
        "--x\r\nContent-Type: text/plain\r\n\r\na genet\r\n",
        '--x\r\nContent-Disposition: attachment; filename="../../etc/passwd"\r\n\r\none\r\n',
        "--x\r\nContent-Disposition: attachment; filename*=utf-8''a%00b%0d%0aSet-Cookie:%20x%E2%80%AE.exe\r\n\r\ntwo\r\n",
        `--x\r\nContent-Type: application/${"z".repeat(3_000)}; name="${"n".repeat(30_000)}"\r\n\r\nthree\r\n`,
        "--x\r\nContent-Type: text/html\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!no base64!!!\r\n",
        "--x--\r\n",
      ].join(""),
    ),
    word: "genet",
    attachments: 4,
  },
  {
    name: "forwarded",
    folder: "",
    raw: mail(
      [...usual("forwarded"), "Subject: as a file", 'Content-Type: multipart/mixed; boundary="x"'],
      "--x\r\n\r\na bettong\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n--x--\r\n",
    ),
    word: "bettong",
    attachments: 1,
  },
  {
    name: "empty-file",
    folder: "",
    raw: mail(
      [...usual("empty-file"), "Subject: nothing", 'Content-Type: multipart/mixed; boundary="x"'],
      '--x\r\n\r\na potoroo\r\n--x\r\nContent-Disposition: attachment; filename="nothing.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n--x--\r\n',
    ),
    word: "potoroo",
    attachments: 1,
  },
  {
    name: "deep-html",
    folder: "",
    raw: html("deep-html", `${"<div>".repeat(50_000)}a margay${"</div>".repeat(50_000)}`),
    word: "margay",
  },
  {
    name: "long-lines",
    folder: "",
    raw: plain("long-lines", `a serval ${"> ".repeat(400_000)}${" ".repeat(400_000)}end\r\n`),
    word: "serval",
  },
  {
    name: "open-tags",
    folder: "",
    raw: html(
      "open-tags",
      `a caracal ${"<".repeat(100_000)}${"<a href='".repeat(20_000)}${"&".repeat(100_000)}`,
    ),
    word: "caracal",
  },
];

const twin = (body: string, from: string): Buffer =>
  mail(
    [
      `From: ${from}`,
      "To: well@dovecot.example",
      "Subject: twins",
      "Message-ID: <twin@bad.example>",
      "Date: Mon, 02 Nov 2026 09:00:00 +0000",
    ],
    body,
  );

const toOneself = (received: string[]): Buffer =>
  mail(
    [
      ...received,
      "From: Well <well@dovecot.example>",
      "To: well@dovecot.example",
      "Subject: note to myself",
      "Message-ID: <self@dovecot.example>",
      "Date: Mon, 02 Nov 2026 10:00:00 +0000",
    ],
    "remember the meerkat\r\n",
  );

const doubles: BadMessage[] = [
  { name: "twin-one", folder: "", raw: twin("the first gerbil\r\n", "a@bad.example"), word: "gerbil" },
  { name: "twin-two", folder: "", raw: twin("the second jerboa\r\n", "b@bad.example"), word: "jerboa" },
  {
    name: "self-inbox",
    folder: "",
    raw: toOneself(["Received: from mx.dovecot.example; Mon, 02 Nov 2026 10:00:02 +0000"]),
    word: "meerkat",
  },
  { name: "self-sent", folder: "Sent", raw: toOneself([]), word: "meerkat" },
  ...["", "Archive"].map((folder) => ({
    name: `same-${folder}`,
    folder,
    raw: plain("same", "one pika in two folders\r\n", ["Subject: copied"]),
    word: "pika",
  })),
];

/** All of them; the two of 50 MB are made afresh on each call. */
export const badMessages = (): BadMessage[] => [
  ...headersOnly,
  ...bodies,
  ...doubles,
  { name: "50-mb-file", folder: "", raw: largeAttachment(), word: "tapir", attachments: 1 },
  {
    name: "50-mb-text",
    folder: "",
    raw: plain("large-text", `a very long aardvark\r\n${`${"word ".repeat(14)}\r\n`.repeat(728_000)}`, [
      "Subject: fifty megabytes of text",
    ]),
    flags: ["body_truncated"],
    word: "aardvark",
  },
];
