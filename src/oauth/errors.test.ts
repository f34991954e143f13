import { expect, test } from "vitest";
import type { ErrorCode } from "../core/errors.ts";
import { aadstsOf, codeOfRefusal, refusalError } from "./errors.ts";

// Numbers of the Microsoft identity platform's reference, with the `error` that they come with.
test.each<[string, number | null, ErrorCode]>([
  ["access_denied", 65004, "oauth_denied"],
  ["invalid_grant", 65001, "oauth_denied"],
  ["access_denied", null, "oauth_denied"],
  ["consent_required", 90094, "oauth_denied"],
  ["authorization_declined", 70018, "oauth_denied"],
  ["invalid_grant", 70000, "oauth_grant_invalid"],
  ["invalid_grant", 70008, "oauth_grant_invalid"],
  ["invalid_grant", 700082, "oauth_grant_invalid"],
  ["invalid_grant", 700084, "oauth_grant_invalid"],
  ["invalid_grant", 50173, "oauth_grant_invalid"],
  ["invalid_grant", 54005, "oauth_grant_invalid"],
  ["interaction_required", 50076, "oauth_grant_invalid"],
  ["interaction_required", 53003, "oauth_grant_invalid"],
  ["login_required", 50058, "oauth_grant_invalid"],
  ["authorization_pending", 70016, "authorization_pending"],
  ["slow_down", null, "authorization_pending"],
  ["expired_token", 70020, "oauth_state_invalid"],
  ["bad_verification_code", 70019, "oauth_state_invalid"],
  ["invalid_client", 7000215, "oauth_client_invalid"],
  ["invalid_client", 7000222, "oauth_client_invalid"],
  ["invalid_client", 7000218, "oauth_client_invalid"],
  ["unauthorized_client", 700016, "oauth_client_invalid"],
  ["invalid_request", 50011, "oauth_client_invalid"],
  ["invalid_request", 50194, "oauth_client_invalid"],
  ["invalid_request", 9002326, "oauth_client_invalid"],
  ["invalid_request", 9002331, "oauth_client_invalid"],
  ["invalid_request", 9002346, "oauth_client_invalid"],
  ["invalid_request", 90002, "oauth_client_invalid"],
  ["invalid_scope", 70011, "oauth_client_invalid"],
  ["invalid_grant", 28000, "oauth_client_invalid"],
  ["temporarily_unavailable", 90033, "oauth_unavailable"],
  ["server_error", null, "oauth_unavailable"],
  ["something_new", null, "oauth_invalid_response"],
  ["something_new", 123456, "oauth_invalid_response"],
])("%s with AADSTS%s is %s", (error, aadsts, code) => {
  expect(codeOfRefusal({ error, description: "", aadsts })).toBe(code);
});

test.each([
  ["AADSTS70008: The refresh token has expired due to inactivity.", 70_008],
  ["AADSTS7000215: Invalid client secret provided. AADSTS1: no", 7_000_215],
  ["no number here", null],
  ["AADSTS1", null],
])("the number in %j is %s", (text, number) => {
  expect(aadstsOf(text)).toBe(number);
});

test("the error keeps the sentence, and not the trace", () => {
  const description =
    "AADSTS70008: The refresh token has expired. Trace ID: 1f6f Correlation ID: 7a Timestamp: 2026-01-01 00:00:00Z";
  const error = refusalError({ error: "invalid_grant", description, aadsts: 70_008 });
  expect(error.message).toBe("AADSTS70008: The refresh token has expired.");
  expect(error.details).toEqual({
    response: "invalid_grant: AADSTS70008: The refresh token has expired.",
    oauthError: "invalid_grant",
    aadsts: 70_008,
  });
  const bare = refusalError({ error: "server_error", description: "", aadsts: null });
  expect(bare.message).toBe("The identity provider answered server_error.");
});
