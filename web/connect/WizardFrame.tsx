/** What surrounds the wizard's steps and the public pages: a slim bar, the steps as bars, a heading that takes the focus. */
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useCallback, type ReactNode } from "react";
import { LanguageButton } from "../app/LanguageButton.tsx";
import { useTexts } from "../app/i18n.ts";
import { buttonClass } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Logo } from "../ui/Logo.tsx";
import { Toaster } from "../ui/Toaster.tsx";

export const wizardSteps = ["provider", "method", "authorize", "verify", "folders", "signature"] as const;

interface PlainPageProps {
  children: ReactNode;
  /** Beside the logo. */
  name?: ReactNode;
  /** At the right end of the bar. */
  corner?: ReactNode;
  className?: string;
}

/** A page of one column with the logo above: setup, connection links, the wizard. */
export function PlainPage({ children, name, corner, className }: PlainPageProps) {
  const { t } = useTexts();
  return (
    <div className="flex h-full flex-col overflow-y-auto">
      <header className="flex h-14 shrink-0 items-center gap-2.5 px-5 phone:px-4">
        <Logo />
        <span className="min-w-0 flex-1 truncate font-semibold">{name ?? t("app.name")}</span>
        <LanguageButton />
        {corner}
      </header>
      <main
        className={cx(
          "mx-auto w-full max-w-[640px] flex-1 px-5 pt-10 pb-16 phone:px-4 phone:pt-4",
          className,
        )}
      >
        {children}
      </main>
      <Toaster dismissLabel={t("app.dismiss")} regionLabel={t("app.notices")} />
    </div>
  );
}

/** The way out of the wizard; what was begun stays on the server. */
export function LeaveLink() {
  const { t } = useTexts();
  return (
    <Link
      to="/"
      aria-label={t("connect.leave")}
      title={t("connect.leave")}
      className={cx(buttonClass("quiet"), "w-9 px-0!")}
    >
      <X size={18} />
    </Link>
  );
}

/** `lit`: how many of the six bars are coloured, the last of them being this step. */
export function StepBars({ lit }: { lit: number }) {
  const { t } = useTexts();
  const step = wizardSteps[Math.min(lit, wizardSteps.length) - 1] ?? "provider";
  return (
    <div className="mb-7 flex gap-1.5">
      <span className="sr-only">
        {t("connect.progress", { step: lit, of: wizardSteps.length, name: t(`connect.steps.${step}`) })}
      </span>
      {wizardSteps.map((name, index) => (
        <span
          key={name}
          aria-hidden
          className={cx(
            "h-1 flex-1 rounded-full transition-colors duration-300",
            index < lit ? "bg-accent" : "bg-line",
          )}
        />
      ))}
    </div>
  );
}

/** A page's heading: a new one takes the focus, so that a screen reader and the tab key begin there. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  const focusNew = useCallback((element: HTMLHeadingElement | null) => {
    if (element !== null && !(document.activeElement instanceof HTMLInputElement))
      element.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <title>{`${title} · Hitchpost`}</title>
      <h1
        ref={focusNew}
        tabIndex={-1}
        className="text-xl font-semibold tracking-[-0.02em] text-balance wrap-break-word outline-none"
      >
        {title}
      </h1>
      {children !== undefined && <p className="mt-1.5 text-ink-2 text-pretty">{children}</p>}
    </>
  );
}
