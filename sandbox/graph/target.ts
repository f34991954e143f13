/** The address of a request, taken apart: `/me/mailFolders('inbox')/messages?$top=5`. */

export type Target = { segments: string[]; query: URLSearchParams };

/** `path` is what follows `/v1.0`. Keys in brackets become segments, as Graph takes both. */
export function readTarget(path: string): Target {
  const cut = path.indexOf("?");
  const [way, query] = cut < 0 ? [path, ""] : [path.slice(0, cut), path.slice(cut + 1)];
  const segments = way
    .replaceAll(/\(\)(?=\/|$)/g, "")
    .replaceAll(/\('([^']*)'\)/g, "/$1")
    .split("/")
    .filter(Boolean)
    .map(decoded)
    .map((segment) => segment.replace(/^microsoft\.graph\.(?=delta$)/, ""));
  return { segments, query: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
