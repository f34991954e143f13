/** Machine mail (RFC 3834 2, RFC 2919) and delivery reports (RFC 3462, RFC 3464). */
import type { RemotePart } from "../mail-source.ts";
import { firstRaw, type HeaderFields } from "./header-block.ts";
import type { StructuredValue } from "./header-values.ts";
import type { MailAddress } from "./types.ts";

const machineSender =
  /^(no|do-?not|donot|never)[-_.]?(reply|respond|answer)|^(mailer-daemon|postmaster|bounces?)([+-]|$)/i;

/** True for mail that nobody typed: it never joins a conversation by its subject and gets no automatic answer. */
export function isAutomatic(
  fields: HeaderFields,
  from: MailAddress | null,
  rootType: StructuredValue,
): boolean {
  const raw = (name: string) => firstRaw(fields, name)?.toLowerCase() ?? "";
  const submitted = raw("auto-submitted");
  return (
    (submitted !== "" && !submitted.startsWith("no")) ||
    raw("list-id") !== "" ||
    /^(bulk|list|junk|auto_reply|auto-reply)\b/.test(raw("precedence")) ||
    /^<\s*>/.test(raw("return-path")) ||
    raw("x-autoreply") !== "" ||
    raw("x-autorespond") !== "" ||
    rootType.value === "multipart/report" ||
    machineSender.test(from?.address.split("@")[0] ?? "")
  );
}

/** True for a report that a message could not be (or was not yet) delivered. */
export function isBounce(rootType: StructuredValue, attachments: readonly RemotePart[]): boolean {
  if (rootType.value !== "multipart/report") return false;
  return (
    rootType.params.get("report-type")?.toLowerCase() === "delivery-status" ||
    attachments.some((part) => part.contentType === "message/delivery-status")
  );
}
