/** Asks before something is taken away: what will happen, then the doing and its failure in one place. */
import { useMutation } from "@tanstack/react-query";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Notice } from "../ui/Panel.tsx";

interface ConfirmDialogProps {
  title: string;
  text: string;
  doLabel: string;
  /** Resolves when it is done; the dialog closes then. */
  onDo: () => Promise<void>;
  onClose: () => void;
}

export function ConfirmDialog({ title, text, doLabel, onDo, onClose }: ConfirmDialogProps) {
  const { t } = useTexts();
  const act = useMutation({ mutationFn: onDo, onSuccess: onClose });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description={text}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button tone="danger" busy={act.isPending} onClick={() => act.mutate()}>
            {doLabel}
          </Button>
        </>
      }
    >
      {act.error !== null && <Notice tone="bad">{errorText(act.error, t)}</Notice>}
    </Dialog>
  );
}
