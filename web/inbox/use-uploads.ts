/** Files on their way into a reply: each with its progress, each can be stopped. */
import { useCallback, useEffect, useRef, useState } from "react";
import { getCreateUploadUrl } from "../api/gen/client.ts";
import type { Upload } from "../api/gen/model/index.ts";
import { uploadFile } from "../api/upload.ts";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { toasts } from "../ui/toast-store.ts";
import type { AttachedFile } from "./reply-state.ts";

/** The server refuses more; most mail servers do, too. */
const maxBytes = 25 * 1024 * 1024;

export interface PendingUpload {
  key: number;
  name: string;
  /** From 0 to 1. */
  share: number;
  stop: () => void;
}

let nextKey = 1;

export function useUploads(onDone: (file: AttachedFile) => void): {
  pending: readonly PendingUpload[];
  add: (files: Iterable<File>) => void;
} {
  const { t } = useTexts();
  const [pending, setPending] = useState<readonly PendingUpload[]>([]);
  const stops = useRef(new Set<AbortController>());
  useEffect(() => {
    const running = stops.current;
    return () => running.forEach((stop) => stop.abort());
  }, []);

  const send = useCallback(
    async (file: File) => {
      const key = nextKey++;
      const stop = new AbortController();
      stops.current.add(stop);
      setPending((list) => [...list, { key, name: file.name, share: 0, stop: () => stop.abort() }]);
      const onProgress = (share: number) =>
        setPending((list) => list.map((item) => (item.key === key ? { ...item, share } : item)));
      const url = getCreateUploadUrl({
        filename: file.name,
        ...(file.type === "" ? {} : { contentType: file.type }),
      });
      try {
        const { id, filename, sizeBytes } = await uploadFile<Upload>({
          url,
          file,
          onProgress,
          signal: stop.signal,
        });
        onDone({ id, filename, sizeBytes });
      } catch (error) {
        if (!stop.signal.aborted)
          toasts.show(t("inbox.composer.attachFailed", { name: file.name }), {
            detail: errorText(error, t),
            tone: "bad",
          });
      } finally {
        stops.current.delete(stop);
        setPending((list) => list.filter((item) => item.key !== key));
      }
    },
    [onDone, t],
  );

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        if (file.size > maxBytes)
          toasts.show(t("inbox.composer.attachTooLarge", { name: file.name }), { tone: "bad" });
        else void send(file);
      }
    },
    [send, t],
  );
  return { pending, add };
}
