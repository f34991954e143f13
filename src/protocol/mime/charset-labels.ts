/**
 * Charset labels as senders write them (RFC 2978; the WHATWG Encoding Standard's list is what TextDecoder takes) to a
 * function that reads them.
 */
import { decode as decodeOther, normalizeCharset } from "libmime/lib/charset";
import { decodeHz, decodeIso2022Jp, decodeIso2022Kr, decodeUtf16, decodeUtf7 } from "./charset-codecs.ts";

export type Decoder = (bytes: Uint8Array) => string;

/** Names that no decoder here takes, without prefix (x-, x-ms-, cs) and separators. */
const aliases = new Map<string, string>([
  ["uhc", "euc-kr"],
  ["euckr", "euc-kr"],
  ["949", "euc-kr"],
  ["1361", "euc-kr"],
  ["eucjp", "euc-jp"],
  ["eucjpms", "euc-jp"],
  ["51932", "euc-jp"],
  ["932", "shift_jis"],
  ["shiftjis", "shift_jis"],
  ["mskanji", "shift_jis"],
  ["936", "gb18030"],
  ["euccn", "gb18030"],
  ["950", "big5"],
  ["tis620", "windows-874"],
  ["874", "windows-874"],
  ["iso88598i", "iso-8859-8"],
  ["iso88598e", "iso-8859-8"],
  ["latin1", "windows-1252"],
  ["ansi", "windows-1252"],
  ["macroman", "macintosh"],
  ["maccyrillic", "x-mac-cyrillic"],
]);

/** Encodings that TextDecoder has not, or reads only half. */
const codecs: [RegExp, Decoder][] = [
  [/^(unicode(11|20)?)?utf7$/, decodeUtf7],
  [/^(utf16|unicode|ucs2|iso10646ucs2)$/, decodeUtf16],
  [/^hz(gb2312)?$/, decodeHz],
  [/^iso2022kr$/, decodeIso2022Kr],
  [/^(iso2022jp([123]|ms|ext)?|(cp)?5022[012])$/, decodeIso2022Jp],
];

/** ICU's Big5 lacks what Hong Kong added; iconv-lite has it, and the code pages of DOS. */
const byIconv =
  /^(big5(hkscs)?|(cp|ibm|dos)?(437|720|737|77[0-9]|85[0-8]|86[0-9]|1125)|utf32(le|be)?|viscii|tcvn|armscii8|georgian(ps|academy)|koi8t|mac(ce|greek|turkish|iceland|romania|croatian|thai|ukraine))$/;

const known = new Map<string, Decoder | null>();

/** Null when nobody knows the label. The labels of UTF-8 and ASCII are not asked for here. */
export function decoderFor(label: string): Decoder | null {
  const found = known.get(label);
  if (found !== undefined) return found;
  const decoder = labelled(label) ?? partOf(label);
  if (known.size < 500) known.set(label, decoder);
  return decoder;
}

function labelled(label: string): Decoder | null {
  const bare = label.replace(/^(?:x-ms-|x-|cs)/, "").replace(/[\s._:-]+/g, "");
  const codec = codecs.find(([pattern]) => pattern.test(bare))?.[1];
  if (codec) return codec;
  if (byIconv.test(bare))
    return (bytes) =>
      decodeOther(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), iconvName(bare));
  const codePage = /^(?:cp|windows|win|ms|ibm)(\d+)$/.exec(bare)?.[1];
  const latin = /^(?:iso)?8859(\d{1,2})$/.exec(bare)?.[1];
  for (const name of [
    label,
    aliases.get(codePage ?? bare),
    codePage && `windows-${codePage}`,
    latin && `iso-8859-${latin}`,
    normalizeCharset(label).toLowerCase(),
    label.replace(/^x-/, ""),
  ]) {
    const decoder = name ? textDecoder(name) : null;
    if (decoder) return decoder;
  }
  return null;
}

const iconvName = (bare: string): string =>
  bare.startsWith("big5")
    ? "big5-hkscs"
    : bare.replace(/^(?:ibm|dos|cp)?(\d+)$/, "cp$1").replace(/^utf32/, "utf-32");

function textDecoder(name: string): Decoder | null {
  try {
    const decoder = new TextDecoder(name);
    return (bytes) => decoder.decode(bytes);
  } catch {
    return null; // no label of the standard: the next spelling
  }
}

/** `"iso-8859-1"?`, `3D"koi8-r"`, `gb2312; format=flowed`: a label with something around it. */
function partOf(label: string): Decoder | null {
  for (const [piece] of label.slice(0, 100).matchAll(/[a-z][a-z\d._:-]*\d[a-z\d-]*/g)) {
    const decoder = piece === label ? null : labelled(piece.replace(/[._:-]+$/, ""));
    if (decoder) return decoder;
  }
  return null;
}
