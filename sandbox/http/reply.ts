/** Answers of the sandbox: JSON, pages under a strict Content-Security-Policy, redirects. */

import type { ServerResponse } from "node:http";

/** A finished page as text; made by `html` templates only. */
export type Page = { status: number; html: string; formTarget?: string };

/** Sends JSON that nobody may cache, as RFC 6749 5.1 asks of token answers. */
export function replyJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  res.end(JSON.stringify(body));
}

/** The headers of every page. `formTarget`: the origin to which a form's answer may redirect. */
export function pageHeaders(formTarget?: string): Record<string, string> {
  const targets = formTarget === undefined ? "'self'" : `'self' ${formTarget}`;
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; style-src 'self'; script-src 'self'; form-action ${targets}; frame-ancestors 'none'; base-uri 'none'`,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    vary: "Accept-Language",
  };
}

export function replyPage(res: ServerResponse, page: Page): void {
  res.writeHead(page.status, pageHeaders(page.formTarget));
  res.end(page.html);
}

/** 303, so that the browser goes on with GET whatever it came with. */
export function replyRedirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { location, "cache-control": "no-store", "content-length": "0" });
  res.end();
}
