/** Placed under the generated client: same origin, JSON in and out, problems (RFC 9457) thrown as ApiError. */
import type { Problem } from "./gen/model/index.ts";

export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

const offline = (detail: string): Problem => ({
  type: "about:blank",
  title: "Offline",
  status: 0,
  detail,
  code: "offline",
  hint: "",
});

/** @throws ApiError with status 0 when the server cannot be reached */
export async function fetcher<T>(url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, { ...init, credentials: "same-origin" }).catch((error: unknown) => {
    throw new ApiError(offline(String(error)));
  });
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const body: unknown = isJson ? await response.json() : await response.text();
  if (response.ok) return body as T;
  throw new ApiError(isJson ? (body as Problem) : { ...offline(String(body)), status: response.status });
}
