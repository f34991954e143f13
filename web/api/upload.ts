/** Sends a file with progress: fetch cannot tell how much of a body has left, XMLHttpRequest can. */
import { ApiError, problemOf } from "./api-error.ts";

export interface UploadOptions {
  url: string;
  file: File;
  /** From 0 to 1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** Posts a file's bytes as application/octet-stream. Throws ApiError, or AbortError when the signal fires. */
export function uploadFile<T>({ url, file, onProgress, signal }: UploadOptions): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as T);
      else reject(new ApiError(problemOf(request.status, body)));
    });
    request.addEventListener("error", () =>
      reject(new ApiError({ status: 0, code: "offline", title: "The server did not answer" })),
    );
    request.addEventListener("abort", () => reject(new DOMException("The upload was stopped", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(file);
  });
}
