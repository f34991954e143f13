/** The text of a message: HTML in its frame with images held back, or plain text with its quote folded. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ImageOff } from "lucide-react";
import { useState } from "react";
import { getGetMessageBodyUrl, trustSender } from "../api/gen/client.ts";
import type { Message, MessageDisplay } from "../api/gen/model/index.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { useResolvedTheme } from "../app/theme.ts";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Panel.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { toasts } from "../ui/toast-store.ts";
import { MailFrame } from "./MailFrame.tsx";
import { personName } from "./people.ts";
import { PlainText } from "./PlainText.tsx";
import { displayQuery } from "./queries.ts";

export function MessageBody({ message }: { message: Message }) {
  const { t } = useTexts();
  const { data, isPending } = useQuery(displayQuery(message.id));
  if (isPending) return <SkeletonText lines={message.text.length > 200 ? 4 : 2} />;
  if (data === undefined) return <PlainText text={message.text} />;
  if (data.kind === "html") return <HtmlBody message={message} display={data} />;
  const quoted = data.hasQuote ? data.quotedText : "";
  if (data.visibleText.trim() === "" && quoted.trim() === "")
    return <p className="text-ink-3 italic">{t("inbox.thread.emptyBody")}</p>;
  return (
    <>
      <PlainText text={data.visibleText} />
      {quoted !== "" && <Quote text={quoted} />}
    </>
  );
}

function Quote({ text }: { text: string }) {
  const { t } = useTexts();
  const [shown, setShown] = useState(false);
  return (
    <>
      <FoldButton
        open={shown}
        label={shown ? t("inbox.thread.hideQuote") : t("inbox.thread.showQuote")}
        onClick={() => setShown(!shown)}
      />
      {shown && (
        <div dir="auto" className="mt-2 border-s-2 border-line ps-3 text-ink-2">
          <PlainText text={text} />
        </div>
      )}
    </>
  );
}

function FoldButton({ open, label, onClick }: { open: boolean; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-label={label}
      title={label}
      onClick={onClick}
      className="mt-2 grid h-6 w-9 place-items-center rounded-full bg-raise text-xs leading-none text-ink-3 hover:bg-press hover:text-ink touch:h-8 touch:w-12"
    >
      ···
    </button>
  );
}

function HtmlBody({ message, display }: { message: Message; display: MessageDisplay }) {
  const { t } = useTexts();
  const theme = useResolvedTheme();
  const [once, setOnce] = useState(false);
  const images = once || display.imagesAllowed ? "once" : "blocked";
  return (
    <>
      {display.remoteImages > 0 && images === "blocked" && (
        <ImagesBar message={message} count={display.remoteImages} onOnce={() => setOnce(true)} />
      )}
      <MailFrame
        key={`${images}:${theme}`}
        src={getGetMessageBodyUrl(message.id, { images, theme })}
        title={t("inbox.thread.frame", { name: personName(message.from) })}
      />
    </>
  );
}

function ImagesBar({ message, count, onOnce }: { message: Message; count: number; onOnce: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const trust = async () => {
    onOnce();
    try {
      await trustSender({ address: message.from.address });
      await client.invalidateQueries({ queryKey: ["display"] });
    } catch (error) {
      toasts.show(errorText(error, t), { tone: "bad" });
    }
  };
  return (
    <Notice
      className="mb-3 py-1!"
      icon={<ImageOff size={15} aria-hidden className="shrink-0 text-ink-3" />}
      actions={
        <span className="flex gap-1">
          <Button size="s" tone="quiet" onClick={onOnce}>
            {t("inbox.thread.showOnce")}
          </Button>
          <Button size="s" tone="quiet" onClick={() => void trust()}>
            {t("inbox.thread.showAlways")}
          </Button>
        </span>
      }
    >
      {t("inbox.thread.imagesOff", { count })}
    </Notice>
  );
}
