/** What a delivery writes: trace headers (RFC 5321 4.4) and the bounce of an unknown address (RFC 3464). */
import { randomBytes } from "node:crypto";
import { readAddresses } from "../mime/addresses.ts";
import { rfc5322Date } from "../mime/dates.ts";
import { headerValue, readHeaders } from "../mime/headers.ts";

/** The host name by which the sandbox's servers call themselves. */
export const sandboxHost = "SANDBOXPROD01.PROD.OUTLOOK.EXAMPLE";

/** The address of the first From; null when there is none. Empty return paths are not modelled. */
export function senderOf(raw: Uint8Array): string | null {
  const { headers } = readHeaders(raw);
  if (headerValue(headers, "content-type")?.toLowerCase().includes("multipart/report")) return null;
  const [from] = readAddresses(headerValue(headers, "from") ?? "");
  return from?.address.toLowerCase() ?? null;
}

/** The lines put before a message that arrives for `recipient`; `now` in milliseconds since 1970. */
export function receivedHeaders(recipient: string, now: number): Buffer {
  const id = randomBytes(9).toString("hex").toUpperCase();
  return Buffer.from(
    [
      `Received: from ${sandboxHost} (127.0.0.1) by`,
      ` MAILBOX.${sandboxHost} (127.0.0.1) with SMTP id ${id}`,
      ` for <${recipient}>; ${rfc5322Date(now)}`,
      "X-MS-Exchange-Organization-SCL: 1",
      "",
    ].join("\r\n"),
  );
}

export type Bounced = { raw: Buffer; sender: string; recipient: string; now: number };

/** The delivery report that the sender of `raw` gets for a recipient who does not exist. */
export function bounceFor({ raw, sender, recipient, now }: Bounced): Buffer {
  const read = readHeaders(raw);
  const originalHeaders = raw.subarray(0, read.bodyStart).toString("latin1").trimEnd();
  const originalId = headerValue(read.headers, "message-id")?.trim();
  const subject = headerValue(read.headers, "subject")?.trim() ?? "";
  const boundary = `report-${randomBytes(9).toString("hex")}`;
  const lines = [
    `From: "Microsoft Outlook" <postmaster@${domainOf(sender)}>`,
    `To: <${sender}>`,
    `Subject: Undeliverable: ${subject}`,
    `Date: ${rfc5322Date(now)}`,
    `Message-ID: <${randomBytes(12).toString("hex")}@${sandboxHost}>`,
    ...(originalId ? [`In-Reply-To: ${originalId}`, `References: ${originalId}`] : []),
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=us-ascii",
    "",
    "Delivery has failed to these recipients or groups:",
    "",
    recipient,
    "The email address you entered couldn't be found. Please check the recipient's",
    "email address and try to resend the message.",
    "",
    `--${boundary}`,
    "Content-Type: message/delivery-status",
    "",
    `Reporting-MTA: dns;${sandboxHost}`,
    "",
    `Final-Recipient: rfc822;${recipient}`,
    "Action: failed",
    "Status: 5.1.10",
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "",
    `--${boundary}`,
    "Content-Type: text/rfc822-headers",
    "",
    originalHeaders,
    "",
    `--${boundary}--`,
    "",
  ];
  return Buffer.from(lines.join("\r\n"), "latin1");
}

function domainOf(address: string): string {
  return address.split("@")[1] ?? "outlook.example";
}
