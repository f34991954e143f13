/**
 * What bytes without a usable label may be in. Only what can be told with some certainty: Japanese by its kana, Chinese by
 * its pairs, Cyrillic by words of nothing but high bytes; else the Latin of the west.
 */

const gb = new TextDecoder("gb18030");
const latin = new TextDecoder("windows-1252");
const sampleBytes = 65_536;

/** Text of bytes that are neither ASCII nor UTF-8. */
export function decodeGuessed(bytes: Uint8Array): string {
  const sample = bytes.subarray(0, sampleBytes);
  const japanese = ["euc-jp", "shift_jis"].find((label) => hasKana(sample, label));
  if (japanese !== undefined) return new TextDecoder(japanese).decode(bytes);
  if (isGb2312(sample)) return gb.decode(bytes);
  if (isBig5(sample)) return new TextDecoder("big5").decode(bytes);
  const cyrillic = cyrillicLabel(sample);
  return cyrillic === null ? latin.decode(bytes) : new TextDecoder(cyrillic).decode(bytes);
}

/** Seven bits that say themselves what they are (RFC 1468, RFC 1557). */
export function escapedCharset(text: string): "iso-2022-jp" | "iso-2022-kr" | null {
  if (!text.includes("\u001b$")) return null;
  if (text.includes("\u001b$)C")) return "iso-2022-kr";
  return text.includes("\u001b$B") || text.includes("\u001b$@") ? "iso-2022-jp" : null;
}

/** It can be read so, and every third of its letters beyond ASCII is kana: no Japanese is without. */
function hasKana(sample: Uint8Array, label: string): boolean {
  let text: string;
  try {
    text = new TextDecoder(label, { fatal: true }).decode(sample, { stream: true });
  } catch {
    return false;
  }
  const letters = text.match(/[^\p{ASCII}\p{P}\p{S}]/gu)?.length ?? 0;
  const kana = text.match(/[\u3041-\u30ff]/g)?.length ?? 0;
  const narrow = text.match(/[\uff61-\uff9f]/g)?.length ?? 0; // what Latin and Cyrillic look like in Shift_JIS
  return kana >= 2 && kana * 3 >= letters && narrow * 5 < kana;
}

/** Nearly all high bytes stand in pairs of the GB 2312 zone (both ≥ A1), as Chinese clients send them. */
function isGb2312(sample: Uint8Array): boolean {
  let pairs = 0;
  let lone = 0;
  for (let i = 0; i < sample.length; i++) {
    if (sample[i]! < 0x80) continue;
    if (sample[i]! >= 0xa1 && sample[i]! <= 0xf7 && (sample[i + 1] ?? 0) >= 0xa1) {
      pairs++;
      i++;
    } else lone++;
  }
  return pairs >= 2 && lone * 10 <= pairs;
}

/** All high bytes lead a pair of Big5, most of them in the zone of frequent characters, and some trail bytes are below A1. */
function isBig5(sample: Uint8Array): boolean {
  let frequent = 0;
  let low = 0;
  let all = 0;
  for (let i = 0; i < sample.length; i++) {
    const [lead, trail] = [sample[i]!, sample[i + 1] ?? 0];
    if (lead < 0x80) continue;
    const isPair = lead >= 0xa1 && lead <= 0xf9 && ((trail >= 0x40 && trail <= 0x7e) || trail >= 0xa1);
    if (!isPair && i + 1 < sample.length) return false;
    all++;
    if (lead >= 0xa4 && lead <= 0xc6) frequent++;
    if (trail < 0xa1) low++;
    i++;
  }
  return all >= 4 && low > 0 && frequent * 10 >= all * 7;
}

/** Most letters are high bytes from C0 on, in words of several: in KOI8 the small ones come first, in windows-1251 last. */
function cyrillicLabel(sample: Uint8Array): "windows-1251" | "koi8-u" | null {
  const text = latin.decode(sample);
  const words = text.match(/[\u00c0-\u00ff]{3,}/g)?.join("").length ?? 0;
  const letters = text.match(/[A-Za-z\u00c0-\u00ff]/g)?.length ?? 0;
  if (words < 6 || words * 2 < letters) return null;
  const low = text.match(/[\u00c0-\u00df]/g)?.length ?? 0;
  const high = text.match(/[\u00e0-\u00ff]/g)?.length ?? 0;
  if (low === 0 || high === 0) return high === 0 ? "koi8-u" : "windows-1251";
  return low > high ? "koi8-u" : "windows-1251";
}
