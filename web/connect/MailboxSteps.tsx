/** The steps after the connection: on to the right place, folders, signature. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { updateMailbox } from "../api/gen/client.ts";
import type { Mailbox } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Button } from "../ui/Button.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Notice } from "../ui/Panel.tsx";
import { FolderForm } from "./FolderForm.tsx";
import { emptyWhenBlank, SignatureEditor } from "./SignatureEditor.tsx";
import { PageHead, StepBars } from "./WizardFrame.tsx";

/** A new mailbox goes on to its folders; one that was reconnected keeps them and goes back to its page. */
export function ConnectedStep({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  useEffect(() => {
    if (mailbox.foldersChosen)
      void navigate({ to: "/mailboxes/$id", params: { id: mailbox.id }, replace: true });
    else
      void navigate({ to: "/connect/new", search: { mailbox: mailbox.id, step: "folders" }, replace: true });
  }, [mailbox.foldersChosen, mailbox.id, navigate]);
  return (
    <>
      <StepBars lit={5} />
      <PageHead title={t("connect.link.onward")} />
    </>
  );
}

export function FoldersStep({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  return (
    <>
      <StepBars lit={5} />
      <PageHead title={t("connect.folders.title")}>
        {mailbox.address} · {t("connect.folders.text")}
      </PageHead>
      <div className="mt-6">
        <FolderForm
          mailbox={mailbox}
          submitLabel={t("connect.folders.start")}
          onDone={() =>
            void navigate({ to: "/connect/new", search: { mailbox: mailbox.id, step: "signature" } })
          }
        />
      </div>
    </>
  );
}

export function SignatureStep({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState(mailbox.displayName);
  const [html, setHtml] = useState(mailbox.signatureHtml);
  const goOn = () => void navigate({ to: "/connect/new", search: { mailbox: mailbox.id, step: "done" } });
  const save = useMutation({
    mutationFn: () =>
      updateMailbox(mailbox.id, { displayName: name.trim(), signatureHtml: emptyWhenBlank(html) }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: queryKeys.mailboxes });
      goOn();
    },
  });
  return (
    <>
      <StepBars lit={6} />
      <PageHead title={t("connect.signature.title")}>
        {t("connect.signature.text", { address: mailbox.address })}
      </PageHead>
      <form
        className="mt-6 flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label={t("connect.signature.name")}>
          <Input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div className="flex flex-col gap-1.5">
          <span className="text-s font-medium text-ink-2">{t("connect.signature.label")}</span>
          <SignatureEditor
            initialHtml={mailbox.signatureHtml}
            label={t("connect.signature.label")}
            placeholder={t("connect.signature.placeholder")}
            onChange={setHtml}
          />
        </div>
        {save.error !== null && <Notice tone="bad">{errorText(save.error, t)}</Notice>}
        <div className="flex justify-end gap-2 phone:flex-col-reverse">
          <Button tone="quiet" size="l" onClick={goOn}>
            {t("connect.signature.skip")}
          </Button>
          <Button type="submit" tone="primary" size="l" busy={save.isPending}>
            {t("connect.signature.save")}
          </Button>
        </div>
      </form>
    </>
  );
}
