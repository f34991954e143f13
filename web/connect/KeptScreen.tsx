/** The permission was given, and the mailbox is not ready yet: nothing more is to be done, it goes on by itself. */
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import { testMailbox } from "../api/gen/client.ts";
import type { Finding } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { buttonClass } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { FindingCard, FindingFoot, type FindingActions } from "./FindingCard.tsx";
import { PageHead } from "./WizardFrame.tsx";

interface KeptProps {
  state: {
    address: string;
    finding: Finding | null;
    /** Only for members of the workspace. */
    mailboxId: string | null;
  };
}

export function KeptScreen({ state: { address, finding, mailboxId } }: KeptProps) {
  const { t } = useTexts();
  const test = useMutation({ mutationFn: (id: string) => testMailbox(id) });
  const actions: FindingActions =
    mailboxId === null
      ? {}
      : { testAgain: () => test.mutate(mailboxId), busy: test.isPending ? "test_again" : null };
  const ready = test.data?.ok === true;
  const shown = test.data?.finding ?? finding;
  return (
    <>
      <span
        aria-hidden
        className="mb-5 grid size-10 place-items-center rounded-full bg-accent-soft text-accent"
      >
        <Hourglass size={20} strokeWidth={1.8} />
      </span>
      <PageHead title={t(ready ? "connect.kept.ready" : "connect.kept.title", { address })}>
        {t(mailboxId === null ? "connect.kept.textOwner" : "connect.kept.text")}
      </PageHead>
      {shown !== null && !ready && (
        <div className="mt-6">
          <FindingCard finding={shown} actions={actions} />
          <FindingFoot finding={shown} className="mt-4" />
        </div>
      )}
      {test.error !== null && (
        <Notice tone="bad" className="mt-4">
          {errorText(test.error, t)}
        </Notice>
      )}
      {mailboxId !== null && (
        <div className="mt-6 flex flex-wrap gap-2 phone:flex-col">
          <Link to="/mailboxes/$id" params={{ id: mailboxId }} className={buttonClass("primary", "l")}>
            {t("connect.kept.mailbox")}
          </Link>
          <Link to="/connect/new" search={{}} className={buttonClass("quiet", "l")}>
            {t("connect.done.another")}
          </Link>
        </div>
      )}
    </>
  );
}
