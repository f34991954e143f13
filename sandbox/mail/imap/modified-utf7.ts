/** Folder names on the wire: modified UTF-7 (RFC 3501 5.1.3). */

/** Unicode to modified UTF-7. */
export function encodeModifiedUtf7(name: string): string {
  return name.replaceAll(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === "&") return "&-";
    const base64 = Buffer.from(run, "utf16le").swap16().toString("base64");
    return `&${base64.replace(/=+$/, "").replaceAll("/", ",")}-`;
  });
}

/** Modified UTF-7 to Unicode; a run that does not decode to whole characters stays as it is. */
export function decodeModifiedUtf7(name: string): string {
  return name.replaceAll(/&([A-Za-z0-9+,]*)-/g, (whole, base64: string) => {
    if (base64 === "") return "&";
    const bytes = Buffer.from(base64.replaceAll(",", "/"), "base64");
    return bytes.length === 0 || bytes.length % 2 === 1 ? whole : bytes.swap16().toString("utf16le");
  });
}
