/**
 * The one way to the server: same origin, with the session's cookie, JSON in and out. The generated client calls it
 * for every operation. Throws ApiError only: RFC 9457 problems by their code, and `offline` when nobody answers.
 */
import { ApiError, problemOf } from "./api-error.ts";
import { tellSignedOut } from "./signed-out.ts";

const readBody = async (response: Response): Promise<unknown> => {
  if (response.status === 204 || response.status === 205) return undefined;
  const text = await response.text();
  if (text === "") return undefined;
  if (!/[/+]json/u.test(response.headers.get("content-type") ?? "")) return text;
  return JSON.parse(text) as unknown;
};

/** As the generated client calls it: headers may be a plain record, a value of many lines included. */
export interface FetcherInit extends Omit<RequestInit, "headers"> {
  headers?: HeadersInit | Record<string, string | readonly string[]> | undefined;
}

/**
 * Sends one request.
 * The answer is trusted to be what the contract says: the server makes both from one schema.
 * (Two signatures: the generated client sends the first and takes its options by the second.)
 */
export async function fetcher<T>(url: string, init?: FetcherInit): Promise<T>;
export async function fetcher<T>(url: string, init?: RequestInit): Promise<T>;
export async function fetcher<T>(url: string, init: FetcherInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...init, headers: headersOf(init.headers) });
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError({ status: 0, code: "offline", title: "The server did not answer" }, { cause });
  }
  let body: unknown;
  try {
    body = await readBody(response);
  } catch (cause) {
    throw new ApiError(
      { status: response.status, code: "bad_answer", title: "The answer could not be read" },
      { cause },
    );
  }
  if (response.ok) return body as T;
  const problem = problemOf(response.status, body);
  if (problem.code === "unauthenticated") tellSignedOut();
  throw new ApiError(problem);
}

function headersOf(given: FetcherInit["headers"]): Headers {
  // Findings and log lines are worded by the server: in the language that the page speaks now.
  const headers = new Headers({
    accept: "application/json",
    "accept-language": document.documentElement.lang,
  });
  const entries = given instanceof Headers || Array.isArray(given) ? [...given] : Object.entries(given ?? {});
  for (const [name, value] of entries) {
    if (name !== undefined && value !== undefined)
      headers.set(name, typeof value === "string" ? value : value.join(", "));
  }
  return headers;
}

/** A JSON body with its header, for addresses outside the contract (sign-in). */
export const json = (body: unknown): FetcherInit => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
