/** Text to bytes in the charsets of older mail programs: tables turned round from TextDecoder. */

export type SeedCharset = "utf-8" | "gb2312" | "gbk" | "iso-2022-jp" | "windows-1256" | "iso-8859-1";

const tables = new Map<string, Map<string, number[]>>();

/** Encodes `text`; throws where the charset lacks one of its characters. */
export function encodeText(text: string, charset: SeedCharset): Buffer {
  if (charset === "utf-8") return Buffer.from(text, "utf8");
  if (charset === "iso-2022-jp") return encodeIso2022Jp(text);
  const table = tableOf(charset);
  const bytes: number[] = [];
  for (const char of text) bytes.push(...encodedIn(table, char, charset));
  return Buffer.from(bytes);
}

function encodedIn(table: Map<string, number[]>, char: string, charset: string): number[] {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return [code];
  const bytes = table.get(char);
  if (!bytes) throw new Error(`${charset} has no ${char}`);
  return bytes;
}

function encodeIso2022Jp(text: string): Buffer {
  const table = tableOf("iso-2022-jp");
  const bytes: number[] = [];
  let wide = false;
  for (const char of text) {
    const ascii = (char.codePointAt(0) ?? 0) < 0x80;
    if (ascii && wide) bytes.push(0x1b, 0x28, 0x42);
    if (!ascii && !wide) bytes.push(0x1b, 0x24, 0x42);
    wide = !ascii;
    bytes.push(...encodedIn(table, char, "iso-2022-jp"));
  }
  if (wide) bytes.push(0x1b, 0x28, 0x42);
  return Buffer.from(bytes);
}

function tableOf(charset: SeedCharset): Map<string, number[]> {
  const known = tables.get(charset);
  if (known) return known;
  const made = new Map<string, number[]>();
  if (charset === "iso-2022-jp") addPairs(made, charset, [0x21, 0x7e], [0x21, 0x7e], [0x1b, 0x24, 0x42]);
  else if (charset === "gbk" || charset === "gb2312") addPairs(made, charset, [0x81, 0xfe], [0x40, 0xfe], []);
  else addSingles(made, charset);
  tables.set(charset, made);
  return made;
}

function addSingles(table: Map<string, number[]>, charset: string): void {
  const decoder = new TextDecoder(charset);
  for (let byte = 0x80; byte <= 0xff; byte++) table.set(decoder.decode(Uint8Array.of(byte)), [byte]);
}

type Span = [number, number];

function addPairs(
  table: Map<string, number[]>,
  charset: string,
  lead: Span,
  trail: Span,
  shift: number[],
): void {
  const decoder = new TextDecoder(charset);
  for (let first = lead[0]; first <= lead[1]; first++) {
    for (let second = trail[0]; second <= trail[1]; second++) {
      const char = decoder.decode(Uint8Array.of(...shift, first, second));
      const single = [...char].length === 1 && char !== "\uFFFD";
      if (single && !table.has(char)) table.set(char, [first, second]);
    }
  }
}
