/** Raster types by their first bytes: only these are ever shown inline, whatever the sender calls them (security.md). */
export type RasterType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** The type of a picture; null for everything else, SVG among it. */
export function sniffRaster(bytes: Uint8Array): RasterType | null {
  const ascii = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to)).toString("latin1");
  if (ascii(0, 8) === "\x89PNG\r\n\x1a\n") return "image/png";
  if (ascii(0, 3) === "\xff\xd8\xff") return "image/jpeg";
  if (/^GIF8[79]a$/.test(ascii(0, 6))) return "image/gif";
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "image/webp";
  return null;
}
