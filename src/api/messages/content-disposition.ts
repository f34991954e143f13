/** Content-Disposition (RFC 6266) with a sender's file name: ASCII fallback, and the whole name in RFC 8187. */
export function contentDisposition(type: "attachment" | "inline", filename: string | null): string {
  if (filename === null) return type;
  const bare = filename.replaceAll(/[\\/\p{Cc}\p{Cf}]/gu, "_").slice(0, 200);
  const ascii = bare.replaceAll(/[^\x20-\x7e]|["%\\]/g, "_");
  const encoded = encodeURIComponent(bare.toWellFormed()).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
