/** Removing a mailbox: its conversations kept, or erased once its address was typed. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { removeMailbox } from "../api/gen/client.ts";
import type { Mailbox } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, Input } from "../ui/Field.tsx";
import { Notice } from "../ui/Panel.tsx";
import { toasts } from "../ui/toast-store.ts";

type Data = "keep" | "erase";

export function RemoveMailbox({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <section className="flex flex-wrap items-center gap-4 border-t border-line pt-6">
      <div className="min-w-0 flex-1 basis-60">
        <h2 className="font-semibold">{t("mailboxes.remove.title")}</h2>
        <p className="text-s text-ink-3">{t("mailboxes.remove.text")}</p>
      </div>
      <Button tone="danger" onClick={() => setOpen(true)}>
        {t("mailboxes.remove.button")}
      </Button>
      {open && <RemoveDialog mailbox={mailbox} onClose={() => setOpen(false)} />}
    </section>
  );
}

function RemoveDialog({ mailbox, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [data, setData] = useState<Data>("keep");
  const [typed, setTyped] = useState("");
  const remove = useMutation({
    mutationFn: () => removeMailbox(mailbox.id, { data }),
    onSuccess: async () => {
      toasts.show(t("mailboxes.remove.removed", { address: mailbox.address }));
      await navigate({ to: "/settings/{-$section}", params: { section: "mailboxes" }, replace: true });
      client.removeQueries({ queryKey: ["mailboxes", mailbox.id] });
      await client.invalidateQueries();
    },
  });
  const sure = data === "keep" || typed.trim().toLowerCase() === mailbox.address.toLowerCase();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t("mailboxes.remove.dialog", { address: mailbox.address })}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button tone="danger" disabled={!sure} busy={remove.isPending} onClick={() => remove.mutate()}>
            {t(data === "keep" ? "mailboxes.remove.doKeep" : "mailboxes.remove.doErase")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <fieldset className="grid gap-2">
          <legend className="sr-only">{t("mailboxes.remove.title")}</legend>
          {(["keep", "erase"] as const).map((choice) => (
            <label
              key={choice}
              className={cx(
                "flex items-start gap-3 rounded-s border px-3.5 py-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent",
                data === choice ? "border-accent ring-1 ring-accent" : "border-line hover:border-edge",
              )}
            >
              <input
                type="radio"
                name="data"
                aria-label={t(`mailboxes.remove.${choice}`)}
                className="mt-0.5 size-4 shrink-0 accent-accent"
                checked={data === choice}
                onChange={() => setData(choice)}
              />
              <span>
                <span className="block font-medium">{t(`mailboxes.remove.${choice}`)}</span>
                <span className="block text-s text-ink-3">{t(`mailboxes.remove.${choice}Text`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {data === "erase" && (
          <Field label={t("mailboxes.remove.confirm", { address: mailbox.address })}>
            <Input
              value={typed}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        )}
        {remove.error !== null && <Notice tone="bad">{errorText(remove.error, t)}</Notice>}
      </div>
    </Dialog>
  );
}
