import { describe, expect, test } from "vitest";
import { ApiError, isApiError, problemOf } from "./api-error.ts";

describe("problemOf", () => {
  test("reads a problem document (RFC 9457)", () => {
    const body = {
      type: "urn:hitchpost:error:throttled",
      title: "Throttled",
      status: 429,
      detail: "Wait.",
      code: "throttled",
      hint: "A pause.",
      field: "smtp.port",
      retryAfterMs: 1500,
    };
    expect(problemOf(429, body)).toEqual({
      status: 429,
      code: "throttled",
      title: "Throttled",
      detail: "Wait.",
      hint: "A pause.",
      field: "smtp.port",
      retryAfterMs: 1500,
    });
  });

  test("a proxy's page or an empty body is a bad answer, with its status", () => {
    expect(problemOf(502, "<html>Bad gateway</html>")).toMatchObject({
      status: 502,
      code: "bad_answer",
      title: "HTTP 502",
    });
    expect(problemOf(500, undefined).code).toBe("bad_answer");
  });

  test("a bare 401 means signed out", () => expect(problemOf(401, undefined).code).toBe("unauthenticated"));

  test("fields of the wrong type are left out", () => {
    expect(problemOf(400, { code: 7, title: null, hint: ["x"], retryAfterMs: "5" })).toMatchObject({
      code: "bad_answer",
      title: "HTTP 400",
      hint: undefined,
      retryAfterMs: undefined,
    });
  });
});

test("isApiError tells by code", () => {
  const error = new ApiError({
    status: 404,
    code: "not_found",
    title: "Not found",
    detail: "No such thing.",
  });
  expect(error.message).toBe("No such thing.");
  expect(isApiError(error, "not_found")).toBe(true);
  expect(isApiError(error, "conflict")).toBe(false);
  expect(isApiError(new Error("x"))).toBe(false);
});
