/** A small editor for a signature; loaded when it is shown. */
import { lazy, Suspense } from "react";
import { Skeleton } from "../ui/Skeleton.tsx";

const RichEditor = lazy(async () => ({ default: (await import("../inbox/RichEditor.tsx")).RichEditor }));
const nothing = () => undefined;

interface SignatureEditorProps {
  initialHtml: string;
  label: string;
  placeholder: string;
  onChange: (html: string) => void;
}

export function SignatureEditor({ initialHtml, label, placeholder, onChange }: SignatureEditorProps) {
  return (
    <div className="flex min-h-36 flex-col overflow-hidden rounded-s border border-edge bg-sheet transition-colors focus-within:border-accent hover:border-ink-3">
      <Suspense fallback={<Skeleton className="m-3 h-24" />}>
        <RichEditor
          initialHtml={initialHtml}
          label={label}
          placeholder={placeholder}
          focusAtStart={false}
          onChange={onChange}
          onFiles={nothing}
          below={null}
          before={null}
          after={null}
        />
      </Suspense>
    </div>
  );
}

/** An editor left empty is no signature: `<p></p>` would put a blank line below every answer. */
export const emptyWhenBlank = (html: string): string =>
  html.replace(/<[^>]*>|&nbsp;|\s/gu, "") === "" ? "" : html;
