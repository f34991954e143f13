/** The files of a message: name, size, one click to have it. Pictures are shown small, and whole when clicked. */
import {
  Calendar,
  Download,
  File,
  FileArchive,
  FileAudio,
  FileImage,
  FileSpreadsheet,
  FileText,
  FileVideo,
  Maximize2,
  type LucideIcon,
} from "lucide-react";
import { createElement, lazy, Suspense, useState } from "react";
import { getGetAttachmentUrl } from "../api/gen/client.ts";
import type { Attachment } from "../api/gen/model/index.ts";
import { fileSize } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { attachmentName } from "./attachment-name.ts";

const ImagePreview = lazy(async () => ({ default: (await import("./ImagePreview.tsx")).ImagePreview }));

const icons: [RegExp, LucideIcon][] = [
  [/^image\//u, FileImage],
  [/^audio\//u, FileAudio],
  [/^video\//u, FileVideo],
  [/calendar/u, Calendar],
  [/zip|compressed|tar|rar/u, FileArchive],
  [/sheet|excel|csv/u, FileSpreadsheet],
  [/pdf|word|text|document|presentation/u, FileText],
];
/** What the server gives out for showing; anything else is downloaded. */
const showable = /^image\/(png|jpeg|gif|webp)$/u;
/** Larger pictures are not fetched to be shown small. */
const previewBytes = 5_000_000;

/** The icon of a kind of file. */
export function FileIcon({ contentType, size }: { contentType: string; size: number }) {
  return createElement(iconOf(contentType), { size, strokeWidth: 1.7, "aria-hidden": true });
}

const iconOf = (contentType: string): LucideIcon =>
  icons.find(([pattern]) => pattern.test(contentType))?.[1] ?? File;

export function Attachments({
  messageId,
  attachments,
}: {
  messageId: string;
  attachments: readonly Attachment[];
}) {
  const files = attachments.filter((attachment) => !attachment.inline);
  if (files.length === 0) return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-2">
      {files.map((attachment) => (
        <AttachmentChip key={attachment.n} messageId={messageId} attachment={attachment} />
      ))}
    </ul>
  );
}

const chipClass =
  "group flex max-w-72 items-center gap-2.5 overflow-hidden rounded-s border border-line bg-sheet pr-3 text-s transition-colors hover:border-edge hover:bg-raise";

/** A picture opens over the page; everything else is downloaded. */
function AttachmentChip({ messageId, attachment }: { messageId: string; attachment: Attachment }) {
  const { t } = useTexts();
  const name = attachmentName(attachment, t);
  const [broken, setBroken] = useState(false);
  const [open, setOpen] = useState(false);
  const href = getGetAttachmentUrl(messageId, attachment.n);
  const isPicture = !broken && showable.test(attachment.contentType) && attachment.sizeBytes <= previewBytes;
  if (!isPicture)
    return (
      <li className="min-w-0">
        <a href={href} download={name} title={t("inbox.thread.download", { name })} className={chipClass}>
          <span className="grid size-10 shrink-0 place-items-center pl-1 text-ink-3">
            <FileIcon contentType={attachment.contentType} size={17} />
          </span>
          <ChipText name={name} attachment={attachment} />
          <Download size={14} aria-hidden className={hintClass} />
        </a>
      </li>
    );
  const src = getGetAttachmentUrl(messageId, attachment.n, { inline: "true" });
  return (
    <li className="min-w-0">
      <button
        type="button"
        title={name}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        className={chipClass}
      >
        <img
          src={src}
          alt=""
          onError={() => setBroken(true)}
          loading="lazy"
          className="size-10 shrink-0 bg-raise object-cover"
        />
        <ChipText name={name} attachment={attachment} />
        <Maximize2 size={14} aria-hidden className={hintClass} />
      </button>
      {open && (
        <Suspense>
          <ImagePreview name={name} src={src} href={href} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </li>
  );
}

const hintClass =
  "shrink-0 text-ink-3 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100 touch:hidden";

function ChipText({ name, attachment }: { name: string; attachment: Attachment }) {
  const { locale } = useTexts();
  return (
    <>
      <span className="min-w-0 truncate">{name}</span>
      <span className="shrink-0 text-ink-3 tabular-nums">{fileSize(attachment.sizeBytes, locale)}</span>
    </>
  );
}
