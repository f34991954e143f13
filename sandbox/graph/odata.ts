/** OData query options of Outlook's collections. https://learn.microsoft.com/graph/query-parameters */
import { badRequest, GraphError } from "./errors.ts";

export type Expansion = { name: string; select: string[] | null; filter: string | null };

export type QueryOptions = {
  select: string[] | null;
  top: number | null;
  skip: number;
  filter: string | null;
  orderBy: { property: string; descending: boolean } | null;
  count: boolean;
  expand: Expansion[];
  search: string | null;
};

const known = new Set([
  "$select",
  "$top",
  "$skip",
  "$filter",
  "$orderby",
  "$count",
  "$expand",
  "$search",
  "$format",
]);

/** Largest $top of messages and folders. */
export const largestTop = 1000;

/** Reads the options. @throws GraphError for values that are none */
export function readQueryOptions(query: URLSearchParams): QueryOptions {
  for (const name of query.keys()) {
    if (name.startsWith("$") && !known.has(name.toLowerCase()) && !tokens.has(name.toLowerCase())) {
      throw badRequest(`The query parameter '${name}' is not supported.`);
    }
  }
  const text = (name: string): string | null => {
    for (const [key, value] of query) if (key.toLowerCase() === name) return value;
    return null;
  };
  return {
    select:
      text("$select")
        ?.split(",")
        .map((name) => name.trim())
        .filter(Boolean) ?? null,
    top: wholeNumber("$top", text("$top"), largestTop),
    skip: wholeNumber("$skip", text("$skip"), Number.MAX_SAFE_INTEGER) ?? 0,
    filter: text("$filter"),
    orderBy: readOrder(text("$orderby")),
    count: text("$count")?.toLowerCase() === "true",
    expand: splitOutside(text("$expand") ?? "", ",").map(readExpansion),
    search: text("$search"),
  };
}

const tokens = new Set(["$skiptoken", "$deltatoken"]);

function wholeNumber(name: string, text: string | null, most: number): number | null {
  if (text === null) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || (name === "$top" && (value < 1 || value > most))) {
    throw new GraphError(
      400,
      "ErrorInvalidUrlQueryFilter",
      name === "$top"
        ? `The limit of '${most}' for Top query has been exceeded. The value from the incoming request is '${text}'.`
        : `The query specified in the URI is not valid. Invalid value '${text}' for ${name} query option found.`,
    );
  }
  return value;
}

function readOrder(text: string | null): QueryOptions["orderBy"] {
  if (text === null || text.trim() === "") return null;
  const [property = "", direction = "asc"] = (text.split(",")[0] ?? "").trim().split(/\s+/);
  return { property, descending: direction.toLowerCase() === "desc" };
}

function readExpansion(text: string): Expansion {
  const [, name = text, inner = ""] = /^([A-Za-z]+)\s*(?:\((.*)\))?$/s.exec(text.trim()) ?? [];
  const options = new Map(
    splitOutside(inner, ";").map((option) => {
      const at = option.indexOf("=");
      return [option.slice(0, at).trim().toLowerCase(), option.slice(at + 1)] as const;
    }),
  );
  return {
    name,
    select:
      options
        .get("$select")
        ?.split(",")
        .map((one) => one.trim()) ?? null,
    filter: options.get("$filter") ?? null,
  };
}

/** Cuts at a separator that stands outside of brackets and quotes. */
function splitOutside(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let [depth, quoted, piece] = [0, false, ""];
  for (const char of text) {
    if (char === "'") quoted = !quoted;
    if (!quoted && char === "(") depth++;
    if (!quoted && char === ")") depth--;
    if (char === separator && depth === 0 && !quoted) {
      pieces.push(piece);
      piece = "";
    } else piece += char;
  }
  return [...pieces, piece].filter((one) => one.trim() !== "");
}

/** The properties selected, in their own spelling; null for all. @throws GraphError for one the type does not have */
export function knownSelect(
  select: string[] | null,
  properties: readonly string[],
  type: string,
): string[] | null {
  if (select === null) return null;
  return select.map((name) => {
    const proper = ["id", ...properties].find((one) => one.toLowerCase() === name.toLowerCase());
    if (proper === undefined && name !== "*") {
      throw new GraphError(
        400,
        "RequestBroker--ParseUri",
        `Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`,
      );
    }
    return proper ?? name;
  });
}
