/** What can be set for one mailbox: the name recipients see, signature, read marks, read only; and its removal. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateMailbox } from "../api/gen/client.ts";
import type { Mailbox, MailboxSeenPolicy, UpdateMailboxBody } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { emptyWhenBlank, SignatureEditor } from "../connect/SignatureEditor.tsx";
import { Button } from "../ui/Button.tsx";
import { Switch } from "../ui/Choice.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";
import { RemoveMailbox } from "./RemoveMailbox.tsx";
import { TransportPanel } from "./TransportPanel.tsx";

function useUpdate(mailbox: Mailbox) {
  const { t } = useTexts();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: UpdateMailboxBody) => updateMailbox(mailbox.id, change),
    onSuccess: (next) => {
      client.setQueryData(queryKeys.mailbox(mailbox.id), next);
      void client.invalidateQueries({ queryKey: queryKeys.mailboxes });
      toasts.show(t("mailboxes.settings.saved"));
    },
    onError: (error) => toasts.show(errorText(error, t), { tone: "bad" }),
  });
}

export function MailboxSettings({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  return (
    <div className="flex flex-col gap-9">
      <Sender mailbox={mailbox} may={may} />
      <Behaviour mailbox={mailbox} may={may} />
      <TransportPanel key={mailbox.transport} mailbox={mailbox} may={may} />
      {may && <RemoveMailbox mailbox={mailbox} />}
    </div>
  );
}

/** A signature as words alone, for those who may only read it. */
const plain = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll("&nbsp;", " ")
    .trim() || "–";

function Sender({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  const { t } = useTexts();
  const [name, setName] = useState(mailbox.displayName);
  const [html, setHtml] = useState(mailbox.signatureHtml);
  const update = useUpdate(mailbox);
  const changed =
    name.trim() !== mailbox.displayName || emptyWhenBlank(html) !== emptyWhenBlank(mailbox.signatureHtml);
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ displayName: name.trim(), signatureHtml: emptyWhenBlank(html) });
      }}
    >
      <Field label={t("mailboxes.settings.name")}>
        <Input
          value={name}
          maxLength={100}
          disabled={!may}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <div className="flex flex-col gap-1.5">
        <span className="text-s font-medium text-ink-2">{t("mailboxes.settings.signature")}</span>
        {may ? (
          <SignatureEditor
            initialHtml={mailbox.signatureHtml}
            label={t("mailboxes.settings.signature")}
            placeholder={t("mailboxes.settings.placeholder")}
            onChange={setHtml}
          />
        ) : (
          <p className="text-ink-2">{plain(mailbox.signatureHtml)}</p>
        )}
        <span className="text-s text-ink-3">{t("mailboxes.settings.signatureHint")}</span>
      </div>
      {may && (
        <Button
          type="submit"
          tone="primary"
          className="self-start"
          disabled={!changed}
          busy={update.isPending}
        >
          {t("mailboxes.settings.save")}
        </Button>
      )}
    </form>
  );
}

const policies: readonly MailboxSeenPolicy[] = ["opening", "answering", "never"];

function Behaviour({ mailbox, may }: { mailbox: Mailbox; may: boolean }) {
  const { t } = useTexts();
  const update = useUpdate(mailbox);
  const pending = update.isPending ? update.variables : undefined;
  const seen = pending?.seenPolicy ?? mailbox.seenPolicy;
  return (
    <>
      <fieldset disabled={!may || mailbox.readOnly}>
        <legend className="mb-2.5 text-s font-medium text-ink-2">{t("mailboxes.settings.seen")}</legend>
        <Panel>
          {policies.map((policy) => (
            <label
              key={policy}
              className="flex items-center gap-3 px-4 py-2.5 transition-colors hover:bg-raise has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="seen"
                className="size-4 accent-accent"
                checked={seen === policy}
                onChange={() => update.mutate({ seenPolicy: policy })}
              />
              {t(`mailboxes.settings.seenText.${policy}`)}
            </label>
          ))}
        </Panel>
      </fieldset>
      <Panel>
        <Switch
          className="px-4 py-3"
          checked={pending?.readOnly ?? mailbox.readOnly}
          disabled={!may}
          onChange={(readOnly) => update.mutate({ readOnly })}
          label={<span className="font-medium">{t("mailboxes.settings.readOnly")}</span>}
          hint={t("mailboxes.settings.readOnlyHint")}
        />
        <Switch
          className="px-4 py-3"
          checked={pending?.keepRaw ?? mailbox.keepRaw}
          disabled={!may}
          onChange={(keepRaw) => update.mutate({ keepRaw })}
          label={<span className="font-medium">{t("mailboxes.settings.keepRaw")}</span>}
          hint={t("mailboxes.settings.keepRawHint")}
        />
      </Panel>
    </>
  );
}
