/** What forms are read by. */

/** A field's text; empty when it is missing or a file. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** The problems of a form without that of the field in which somebody types: it is being mended. */
export function withoutField<T extends object>(problems: T, field: EventTarget): T {
  const name = "name" in field ? field.name : undefined;
  return Object.fromEntries(Object.entries(problems).filter(([key]) => key !== name)) as T;
}
