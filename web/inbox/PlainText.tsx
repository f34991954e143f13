/** Plain text as it was written, its addresses as links. */
import { useMemo } from "react";
import { textParts } from "./text-links.ts";

export function PlainText({ text }: { text: string }) {
  const parts = useMemo(() => textParts(text.trimEnd()), [text]);
  return (
    <div dir="auto" className="break-words whitespace-pre-wrap">
      {parts.map((part, index) =>
        part.href === null ? (
          part.text
        ) : (
          <a
            key={`${index}:${part.href}`}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-current"
          >
            {part.text}
          </a>
        ),
      )}
    </div>
  );
}
