/** The name of what a list shows: a view, a mailbox, a search. */
import type { Mailbox, View } from "../api/gen/model/index.ts";
import type { Translate } from "../app/i18n.ts";
import type { ListScope } from "../app/query-keys.ts";

const views: readonly string[] = ["mine", "unassigned", "open", "snoozed", "closed", "all"] satisfies View[];

/** An address may name a view that does not exist: it is shown as "open". */
export const viewOf = (text: string | undefined): View =>
  text !== undefined && views.includes(text) ? (text as View) : "open";

export function scopeTitle(
  scope: ListScope,
  mailboxes: readonly Mailbox[] | undefined,
  t: Translate,
): string {
  const mailbox = mailboxes?.find((item) => item.id === scope.mailbox);
  if (mailbox === undefined) return t(`inbox.views.${viewOf(scope.view)}`);
  return mailbox.displayName === "" ? mailbox.address : mailbox.displayName;
}
