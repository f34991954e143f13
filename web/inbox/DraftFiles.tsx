/** The files of a reply: those that are attached, and those on their way. */
import { X } from "lucide-react";
import { fileSize, percent } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { ProgressBar } from "../ui/Panel.tsx";
import type { AttachedFile } from "./reply-state.ts";
import type { PendingUpload } from "./use-uploads.ts";

interface DraftFilesProps {
  files: readonly AttachedFile[];
  pending: readonly PendingUpload[];
  onRemove: (file: AttachedFile) => void;
}

export function DraftFiles({ files, pending, onRemove }: DraftFilesProps) {
  const { t, locale } = useTexts();
  if (files.length === 0 && pending.length === 0) return null;
  return (
    <ul className="flex max-h-28 flex-wrap gap-1.5 overflow-y-auto px-3 py-1.5">
      {files.map((file) => (
        <li
          key={file.id}
          className="flex h-8 max-w-full items-center gap-2 rounded-s border border-line pr-1 pl-2.5 text-s"
        >
          <span className="truncate">{file.filename}</span>
          <span className="shrink-0 text-ink-3 tabular-nums">{fileSize(file.sizeBytes, locale)}</span>
          <RemoveButton
            label={t("inbox.composer.remove", { name: file.filename })}
            onClick={() => onRemove(file)}
          />
        </li>
      ))}
      {pending.map((upload) => (
        <li
          key={upload.key}
          className="flex h-8 w-56 items-center gap-2 rounded-s border border-line pr-1 pl-2.5 text-s"
        >
          <span className="flex min-w-0 flex-1 flex-col gap-0.5">
            <span className="truncate text-xs/[14px]">{upload.name}</span>
            <ProgressBar
              value={upload.share}
              label={t("inbox.composer.uploading", {
                name: upload.name,
                percent: percent(upload.share, locale),
              })}
            />
          </span>
          <RemoveButton label={t("inbox.composer.remove", { name: upload.name })} onClick={upload.stop} />
        </li>
      ))}
    </ul>
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onClick}
      className="grid size-6 shrink-0 place-items-center rounded-xs text-ink-3 hover:bg-raise hover:text-ink"
    >
      <X size={13} />
    </button>
  );
}
