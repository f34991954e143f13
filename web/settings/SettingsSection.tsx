/** The head of a section of the settings: its name, a line about it, one action. */
import type { ReactNode } from "react";

export function SettingsSection({
  title,
  text,
  action,
  children,
}: {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="not-first:mt-10">
      <div className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="text-h font-semibold tracking-[-0.01em]">{title}</h2>
          {text !== undefined && <p className="mt-0.5 text-ink-2 text-pretty">{text}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
