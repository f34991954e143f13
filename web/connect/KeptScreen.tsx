/** The permission was given, and the mailbox does not open yet: it goes on by itself; whoever can make it quicker may do so here. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import { testMailbox } from "../api/gen/client.ts";
import type { Finding } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { buttonClass } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { FindingCard, FindingFoot, type FindingActions } from "./FindingCard.tsx";
import { mailboxQuery } from "./queries.ts";
import { useMailboxEvents } from "./use-mailbox-events.ts";
import { PageHead } from "./WizardFrame.tsx";

interface KeptProps {
  state: {
    address: string;
    finding: Finding | null;
    /** Only for members of the workspace. */
    mailboxId: string | null;
  };
  /** The other ways that the attempt's own link still leads to. */
  ways: Pick<FindingActions, "useGraph" | "signInAgain" | "busy">;
}

const waits: ReadonlySet<string> = new Set(["needs_attention", "backing_off", "connecting"]);

/** How the mailbox stands by now: it may have gone on by itself, or a test may have found something else. */
function useKeptMailbox(mailboxId: string | null, finding: Finding | null) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: mailbox } = useQuery({ ...mailboxQuery(mailboxId ?? ""), enabled: mailboxId !== null });
  const test = useMutation({
    mutationFn: (id: string) => testMailbox(id),
    // Who is still here chooses the folders; else the usual ones are taken.
    onSuccess: ({ ok }, id) =>
      ok ? navigate({ to: "/connect/new", search: { mailbox: id, step: "folders" } }) : undefined,
    onSettled: (_result, _error, id) => client.invalidateQueries({ queryKey: queryKeys.mailbox(id) }),
  });
  const wentOn = mailbox !== undefined && !waits.has(mailbox.state);
  return {
    test,
    ready: test.data?.ok === true || wentOn,
    shown: mailbox?.finding ?? test.data?.finding ?? finding,
  };
}

function Follow({ mailboxId }: { mailboxId: string }) {
  useMailboxEvents(mailboxId);
  return null;
}

export function KeptScreen({ state: { address, finding, mailboxId }, ways }: KeptProps) {
  const { t } = useTexts();
  const { test, ready, shown } = useKeptMailbox(mailboxId, finding);
  const actions: FindingActions = {
    ...ways,
    ...(mailboxId !== null && { testAgain: () => test.mutate(mailboxId) }),
    busy: test.isPending ? "test_again" : (ways.busy ?? null),
  };
  return (
    <>
      {mailboxId !== null && <Follow mailboxId={mailboxId} />}
      <span
        aria-hidden
        className="mb-5 grid size-10 place-items-center rounded-full bg-accent-soft text-accent"
      >
        <Hourglass size={20} strokeWidth={1.8} />
      </span>
      <PageHead title={t(ready ? "connect.kept.ready" : "connect.kept.title", { address })}>
        {t(
          ready
            ? "connect.kept.readyText"
            : mailboxId === null
              ? "connect.kept.textOwner"
              : "connect.kept.text",
        )}
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
          {ready && (
            <Link
              to="/connect/new"
              search={{ mailbox: mailboxId, step: "folders" }}
              className={buttonClass("primary", "l")}
            >
              {t("connect.kept.folders")}
            </Link>
          )}
          <Link
            to="/mailboxes/$id"
            params={{ id: mailboxId }}
            className={buttonClass(ready ? "plain" : "primary", "l")}
          >
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
