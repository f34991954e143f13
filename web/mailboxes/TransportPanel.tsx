/** How mail comes: the ways there are, what each can do, and the change from one to another; tried first. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeTransport, updateMailbox } from "../api/gen/client.ts";
import type { Mailbox, Transport, TransportChange } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { FindingCard } from "../connect/FindingCard.tsx";
import { goToConsent } from "../connect/sign-in.ts";
import { TransportOption } from "../connect/TransportOption.tsx";
import { Button } from "../ui/Button.tsx";
import { Switch } from "../ui/Choice.tsx";
import { Notice, Panel } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";

/** Tries the way; what Microsoft wants asked once more is shown as such. */
export function useChangeTransport(mailbox: Mailbox) {
  const { t } = useTexts();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (transport: Transport) => changeTransport(mailbox.id, { transport }),
    onSuccess: ({ changed }) => {
      void client.invalidateQueries({ queryKey: queryKeys.mailbox(mailbox.id) });
      void client.invalidateQueries({ queryKey: queryKeys.mailboxes });
      if (changed) toasts.show(t("mailboxes.transport.changed"));
    },
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
}

export function TransportPanel({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  const { t } = useTexts();
  const change = useChangeTransport(mailbox);
  const [wanted, setWanted] = useState<Transport>(mailbox.transport);
  if (mailbox.transports.length < 2) return null;
  return (
    <fieldset disabled={!may || change.isPending}>
      <legend className="mb-2.5 text-s font-medium text-ink-2">{t("mailboxes.transport.title")}</legend>
      <Panel>
        {mailbox.transports.map((transport) => (
          <TransportOption
            key={transport}
            way={transport}
            chosen={wanted === transport}
            onChoose={() => setWanted(transport)}
          />
        ))}
        <ByItself mailbox={mailbox} may={may} />
      </Panel>
      {wanted !== mailbox.transport && (
        <Button tone="primary" className="mt-3" busy={change.isPending} onClick={() => change.mutate(wanted)}>
          {t("mailboxes.transport.change", { name: t(`mailboxes.transport.name.${wanted}`) })}
        </Button>
      )}
      <TransportOutcome mailbox={mailbox} result={change.data} wanted={change.variables} />
    </fieldset>
  );
}

function ByItself({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const update = useMutation({
    mutationFn: (automaticTransport: boolean) => updateMailbox(mailbox.id, { automaticTransport }),
    onSuccess: (next) => client.setQueryData(queryKeys.mailbox(mailbox.id), next),
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
  return (
    <Switch
      className="px-4 py-3"
      checked={update.isPending ? update.variables : mailbox.automaticTransport}
      disabled={!may}
      onChange={(automatic) => update.mutate(automatic)}
      label={<span className="font-medium">{t("mailboxes.transport.byItself")}</span>}
      hint={t("mailboxes.transport.byItselfHint")}
    />
  );
}

interface OutcomeProps {
  mailbox: Mailbox;
  result: TransportChange | undefined;
  wanted: Transport | undefined;
}

/** Why nothing was changed, and the way on. */
export function TransportOutcome({ mailbox, result, wanted }: OutcomeProps) {
  const { t } = useTexts();
  const [busy, setBusy] = useState(false);
  if (result === undefined || wanted === undefined || result.changed) return null;
  const name = t(`mailboxes.transport.name.${wanted}`);
  const allow = async () => {
    setBusy(true);
    try {
      await goToConsent(mailbox, wanted);
    } catch (error) {
      setBusy(false);
      toasts.show(errorText(error, t), { tone: "bad" });
    }
  };
  if (result.needsConsent)
    return (
      <Notice
        tone="accent"
        className="mt-3"
        actions={
          <Button tone="primary" busy={busy} onClick={() => void allow()}>
            {t("mailboxes.transport.allow")}
          </Button>
        }
      >
        {t("mailboxes.transport.needsConsent", { name })}
      </Notice>
    );
  return (
    <div className="mt-3">
      <p className="mb-2 text-s text-ink-2">{t("mailboxes.transport.stays", { name })}</p>
      {result.finding !== null && <FindingCard finding={result.finding} actions={{}} />}
    </div>
  );
}
