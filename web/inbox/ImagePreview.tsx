/** A picture of a message at its full size, over the page; loaded when one is opened. */
import { Download } from "lucide-react";
import { useTexts } from "../app/i18n.ts";
import { Button, buttonClass } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";

interface ImagePreviewProps {
  name: string;
  /** For showing, and for having it. */
  src: string;
  href: string;
  onClose: () => void;
}

export function ImagePreview({ name, src, href, onClose }: ImagePreviewProps) {
  const { t } = useTexts();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="l"
      title={<span className="block truncate">{name}</span>}
      actions={
        <>
          <Button onClick={onClose}>{t("app.close")}</Button>
          <a href={href} download={name} className={buttonClass("primary")}>
            <Download size={15} aria-hidden />
            {t("inbox.thread.save")}
          </a>
        </>
      }
    >
      <img src={src} alt={name} className="mx-auto max-h-[58vh] max-w-full object-contain" />
    </Dialog>
  );
}
