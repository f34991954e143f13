/** What went wrong, in the reader's language where the page knows the code; else in the server's own words. */
import { isApiError } from "../api/api-error.ts";
import type { Translate } from "./i18n.ts";

/** One or two sentences: what happened, and what to do. */
export function errorText(error: unknown, t: Translate): string {
  if (!isApiError(error)) return isStaleChunk(error) ? t("app.error.update") : t("app.error.unknown");
  switch (error.code) {
    case "offline":
      return t("app.error.offline");
    case "bad_answer":
      return t("app.error.badAnswer");
    case "unauthenticated":
      return t("app.error.signedOut");
    default:
      return [error.detail ?? error.title, error.hint]
        .filter((part) => part !== undefined && part !== "")
        .join(" ");
  }
}

/** A part of the page that is loaded on demand is gone: a newer build stands on the server. */
function isStaleChunk(error: unknown): boolean {
  return (
    error instanceof TypeError && /dynamically imported module|module script failed/iu.test(error.message)
  );
}
