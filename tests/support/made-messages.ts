/** Made mail for imports: varied shapes, threads, charsets, attachments; the same every time. */

const people = [
  "Ines Duarte",
  "王晓梅",
  "Per Olsson",
  "Lena Fischer",
  "佐藤 花子",
  "فاطمة علي",
  "Carlos Méndez",
  "Tom Reed",
];
const topics = [
  "Two mugs arrived broken",
  "批发价格",
  "Invoice 2026-1187",
  "Farbe Nebel wieder verfügbar?",
  "配送のお問い合わせ",
  "طلب جديد",
  "Delivery to Las Palmas",
  "Gift wrapping",
];

const word = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length]!;

const bodies: ((n: number, boundary: string) => string[])[] = [
  (n) => [
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    `Message number ${n}.`,
    "Grüße 你好 🙂",
    "",
  ],
  (n) => [
    "Content-Type: text/html; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    `<p>Message <b>${n}</b></p><blockquote>earlier</blockquote>`,
    "",
  ],
  (n, boundary) => [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=iso-8859-1",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    `Nummer ${n}: sch=F6ne Gr=FC=DFe`,
    `--${boundary}`,
    "Content-Type: text/html; charset=utf-8",
    "",
    `<p>Nummer ${n}</p>`,
    `--${boundary}--`,
    "",
  ],
  (n, boundary) => [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "",
    `See the file of ${n}.`,
    `--${boundary}`,
    "Content-Type: application/octet-stream",
    `Content-Disposition: attachment; filename="file-${n}.bin"`,
    "Content-Transfer-Encoding: base64",
    "",
    ...(Buffer.alloc(600 + (n % 50) * 1000, n % 251)
      .toString("base64")
      .match(/.{1,76}/g) ?? []),
    `--${boundary}--`,
    "",
  ],
];

export interface MadeMessage {
  messageId: string;
  raw: string;
}

/** Message `n` of a series; every fifth answers the one before. Dates go back one hour a message. */
export function madeMessage(n: number, to: string, startMs: number): MadeMessage {
  const messageId = `<made-${n}@made.example>`;
  const who = pick(people, n);
  const thread =
    n % 5 === 0
      ? []
      : [
          `In-Reply-To: <made-${n - 1}@made.example>`,
          `References: <made-${n - (n % 5)}@made.example> <made-${n - 1}@made.example>`,
        ];
  const lines = [
    `From: ${word(who)} <person${n % 97}@made.example>`,
    `To: ${to}`,
    `Subject: ${word(`${n % 5 === 0 ? "" : "Re: "}${pick(topics, Math.floor(n / 5))} ${Math.floor(n / 5)}`)}`,
    `Date: ${new Date(startMs - n * 3_600_000).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${messageId}`,
    ...thread,
    "MIME-Version: 1.0",
    ...pick(bodies, n * 7 + Math.floor(n / 11))(n, `b${n}`),
  ];
  return { messageId, raw: lines.join("\r\n") };
}
