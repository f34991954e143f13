import { describe, expect, test } from "vitest";
import type { SmtpStage } from "./smtp-errors.ts";
import { smtpError } from "./smtp-errors.ts";

const answer = (response: string, code = "EENVELOPE") =>
  Object.assign(new Error(response), { code, response, responseCode: Number(response.slice(0, 3)) });

const table: [response: string, stage: SmtpStage, code: string, reason: string | undefined][] = [
  [
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [X]",
    "login",
    "basic_auth_blocked",
    undefined,
  ],
  [
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled",
    "login",
    "auth_failed",
    "smtp_auth_disabled",
  ],
  [
    "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
    "login",
    "auth_failed",
    "policy",
  ],
  [
    "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.",
    "login",
    "auth_failed",
    "policy",
  ],
  ["535 5.7.3 Authentication unsuccessful [X]", "login", "auth_failed", "refused"],
  ["454 4.7.0 Temporary authentication failure", "login", "throttled", undefined],
  ["530 5.7.57 Client not authenticated to send mail.", "envelope", "send_rejected", "not_authenticated"],
  ["432 4.3.2 Concurrent connections limit exceeded.", "envelope", "throttled", undefined],
  ["432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "dot", "throttled", undefined],
  [
    "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
    "dot",
    "send_rejected",
    "quota",
  ],
  [
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    "dot",
    "send_rejected",
    "from_not_allowed",
  ],
  ["554 5.2.252 SendAsDenied; a@x not allowed to send as b@x", "dot", "send_rejected", "from_not_allowed"],
  ["550 5.1.8 Access denied, bad outbound sender", "envelope", "send_rejected", "sender_blocked"],
  [
    "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; WASCL",
    "dot",
    "send_rejected",
    "sender_blocked",
  ],
  ["552 5.3.4 Message size exceeds fixed maximum message size", "envelope", "send_rejected", "too_large"],
  ["550 5.1.1 User unknown", "envelope", "send_rejected", "recipient"],
  ["554 5.6.0 Corrupt message content", "dot", "send_rejected", "refused"],
];

describe("smtpError", () => {
  test.each(table)("%s at %s is %s", (response, stage, code, reason) => {
    const error = smtpError(answer(response), "smtp.example:587", stage);
    expect(error).toMatchObject({ code, details: { response } });
    expect(error.details["reason"]).toBe(reason);
  });

  const lost = Object.assign(new Error("Connection closed unexpectedly"), { code: "ECONNECTION" });
  test.each<[SmtpStage, string]>([
    ["connect", "connection_lost"],
    ["login", "connection_lost"],
    ["envelope", "connection_lost"],
    ["body", "connection_lost"],
    ["dot", "send_unclear"],
  ])("a connection lost at %s is %s", (stage, code) =>
    expect(smtpError(lost, "smtp.example:587", stage).code).toBe(code),
  );

  test("TLS and socket errors keep their cause", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), {
      code: "ESOCKET",
      originalCode: "ECONNREFUSED",
    });
    expect(smtpError(refused, "x:1", "connect").code).toBe("network_refused");
    const selfSigned = Object.assign(new Error("Error initiating TLS - self-signed certificate"), {
      code: "ETLS",
    });
    expect(smtpError(selfSigned, "x:1", "connect")).toMatchObject({
      code: "tls_failed",
      details: { reason: "self_signed" },
    });
    const hidden = answer("502 Command not implemented", "ETLS");
    expect(smtpError(hidden, "x:1", "connect")).toMatchObject({
      code: "tls_failed",
      details: { reason: "starttls_missing" },
    });
  });
});
