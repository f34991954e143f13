import { expect, test, vi } from "vitest";
import { HitchpostError, type ErrorCode } from "../core/errors.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import { withSecondSender } from "./second-sender.ts";

const refusal = (code: ErrorCode, reason: string) =>
  new HitchpostError(code, "Refused.", { details: { reason } });

function sender(failure: Error | null) {
  const answer = failure === null ? async () => ({ response: "taken" }) : () => Promise.reject(failure);
  return {
    verify: vi.fn<MailSender["verify"]>(async () => void (await answer())),
    send: vi.fn<MailSender["send"]>(answer),
    close: vi.fn<MailSender["close"]>(async () => undefined),
  };
}

const mail: Parameters<MailSender["send"]> = [
  new Uint8Array(),
  { from: "a@example", to: ["b@example"] },
  () => undefined,
];

test("where SMTP AUTH is off, Graph sends, and goes on sending", async () => {
  const [smtp, graph] = [sender(refusal("auth_failed", "smtp_auth_disabled")), sender(null)];
  const both = withSecondSender(smtp, () => graph);
  await both.verify();
  expect(await both.send(...mail)).toEqual({ response: "taken" });
  expect([smtp.verify, smtp.send, graph.send].map((call) => call.mock.calls.length)).toEqual([1, 0, 1]);
  await both.close();
  expect(graph.close).toHaveBeenCalledOnce();
});

test("any other failure is no reason to send a second time by another way", async () => {
  const graph = sender(null);
  for (const code of ["send_unclear", "send_rejected", "connection_lost", "auth_failed"] as const) {
    const failure = refusal(code, "policy");
    await expect(withSecondSender(sender(failure), () => graph).send(...mail)).rejects.toBe(failure);
  }
  expect(graph.send).not.toHaveBeenCalled();
});

test("without the consent for Graph it is SMTP's refusal that is told; what Graph does wrong is told as it is", async () => {
  const off = refusal("auth_failed", "smtp_auth_disabled");
  const unasked = sender(refusal("oauth_consent_needed", ""));
  await expect(withSecondSender(sender(off), () => unasked).verify()).rejects.toBe(off);
  await expect(withSecondSender(sender(off), () => null).verify()).rejects.toBe(off);
  const unclear = refusal("send_unclear", "");
  await expect(withSecondSender(sender(off), () => sender(unclear)).send(...mail)).rejects.toBe(unclear);
});
