/** Values with parameters: Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183). */

export type Parameter = { name: string; value: string };

export type ParameterisedValue = {
  /** Lower case, e.g. `text/plain` or `attachment`; empty if nothing usable stands there. */
  value: string;
  /** In order, names in lower case, values as written without their quotes. */
  parameters: Parameter[];
};

/** Reads `value; name=value; name="value"`; what does not fit is left out. */
export function readParameterised(field: string): ParameterisedValue {
  const [first = "", ...rest] = splitSemicolons(stripComments(field));
  const parameters: Parameter[] = [];
  for (const piece of rest) {
    const equals = piece.indexOf("=");
    if (equals <= 0) continue;
    const name = piece.slice(0, equals).trim().toLowerCase();
    if (name !== "") parameters.push({ name, value: unquoted(piece.slice(equals + 1).trim()) });
  }
  return { value: first.trim().toLowerCase(), parameters };
}

/** The first parameter of that name (lower case). */
export function parameter(from: ParameterisedValue, name: string): string | null {
  return from.parameters.find((item) => item.name === name)?.value ?? null;
}

function splitSemicolons(field: string): string[] {
  const pieces: string[] = [];
  let text = "";
  let quoted = false;
  for (let index = 0; index < field.length; index++) {
    const char = field.charAt(index);
    if (quoted && char === "\\") {
      text += char + field.charAt(++index);
      continue;
    }
    if (char === '"') quoted = !quoted;
    if (char === ";" && !quoted) {
      pieces.push(text);
      text = "";
    } else {
      text += char;
    }
  }
  return [...pieces, text];
}

function stripComments(field: string): string {
  if (!field.includes("(")) return field;
  let result = "";
  let quoted = false;
  let depth = 0;
  for (let index = 0; index < field.length; index++) {
    const char = field.charAt(index);
    if (quoted && char === "\\") {
      result += char + field.charAt(++index);
      continue;
    }
    if (char === '"' && depth === 0) quoted = !quoted;
    if (!quoted && char === "(") depth++;
    if (depth === 0) result += char;
    if (!quoted && char === ")" && depth > 0) depth--;
  }
  return result;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const end = text.length > 1 && text.endsWith('"') ? -1 : undefined;
  return text.slice(1, end).replaceAll(/\\(.)/g, "$1");
}
