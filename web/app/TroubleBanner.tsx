/** A mailbox of ours needs somebody: said above every screen, with the one thing to do, until it is done. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { Mailbox } from "../api/gen/model/index.ts";
import { mailboxesQuery } from "../inbox/queries.ts";
import { buttonClass } from "../ui/Button.tsx";
import { useTexts } from "./i18n.ts";
import { useMember } from "./session.ts";

/** What this person is asked about: what they connected, and everything where they own the workspace. */
export function troubledOf(
  mailboxes: readonly Mailbox[],
  { userId, role }: { userId: string; role: string },
): Mailbox[] {
  return mailboxes.filter(
    (mailbox) =>
      mailbox.state === "needs_attention" &&
      mailbox.finding?.severity === "blocking" &&
      // What only takes time asks for nobody.
      mailbox.finding.who !== "time" &&
      (role === "owner" || mailbox.connectedBy === userId),
  );
}

export function TroubleBanner() {
  const { t } = useTexts();
  const { user, role } = useMember();
  const { data } = useQuery(mailboxesQuery);
  const troubled = troubledOf(data ?? [], { userId: user.id, role });
  const [first] = troubled;
  if (first?.finding == null) return null;
  const rest = troubled.length - 1;
  return (
    <output className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1.5 bg-bad-soft px-4 py-1.5 text-s text-bad">
      <TriangleAlert size={15} aria-hidden className="shrink-0" />
      <span className="min-w-0 wrap-break-word">
        <b className="font-semibold">{first.address}</b> · {first.finding.title}
        {rest > 0 && ` ${t("app.trouble.more", { count: rest })}`}
      </span>
      <FirstStep mailbox={first} />
    </output>
  );
}

/** The first way out of the finding; what cannot be done by one click is told on the mailbox's page. */
function FirstStep({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const step = mailbox.finding?.steps[0];
  if (step?.action === "sign_in_again")
    return (
      <Link to="/connect/new" search={{ mailbox: mailbox.id }} className={buttonClass("plain", "s")}>
        {t("app.trouble.signInAgain")}
      </Link>
    );
  return (
    <Link to="/mailboxes/$id" params={{ id: mailbox.id }} className={buttonClass("plain", "s")}>
      {t("app.trouble.see")}
    </Link>
  );
}
