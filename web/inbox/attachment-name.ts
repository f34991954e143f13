/** What a file of a mail is called: by its sender, or, where it has no name, by what it is. */
import type { Attachment } from "../api/gen/model/index.ts";
import type { Translate } from "../app/i18n.ts";

const kinds = {
  "text/calendar": "invitation",
  "message/delivery-status": "report",
  "message/rfc822": "original",
  "text/rfc822-headers": "original",
} as const;

const kindOf = (contentType: string) => Object.entries(kinds).find(([type]) => type === contentType)?.[1];

export function attachmentName({ filename, contentType }: Attachment, t: Translate): string {
  const kind = kindOf(contentType);
  return (
    filename ?? (kind === undefined ? t("inbox.thread.unnamed") : t(`inbox.thread.unnamedKinds.${kind}`))
  );
}
