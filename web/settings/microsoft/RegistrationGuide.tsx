/** How to register an app at Microsoft: numbered steps, with everything that is to be copied beside its step. */
import { Check, ChevronRight, Copy, ExternalLink } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import type { AppRegistration } from "../../api/gen/model/index.ts";
import { useTexts } from "../../app/i18n.ts";
import { Button, buttonClass } from "../../ui/Button.tsx";
import { copyText, CopyField } from "../../ui/CopyField.tsx";

const links = {
  register: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade",
  publisher: "https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview",
};

interface GuideProps {
  facts: AppRegistration;
  /** Begin unfolded: nothing is entered yet. */
  open: boolean;
  onEnter: () => void;
}

export function RegistrationGuide({ facts, open, onEnter }: GuideProps) {
  const { t } = useTexts();
  return (
    <details open={open} className="group rounded-m border border-line bg-sheet">
      <summary className="flex items-center gap-2 px-5 py-4 select-none phone:px-4">
        <ChevronRight size={16} className="shrink-0 transition-transform group-open:rotate-90" aria-hidden />
        <span className="text-l font-semibold tracking-[-0.01em]">{t("apps.guide.title")}</span>
      </summary>
      <div className="px-5 pb-5 phone:px-4">
        <p className="max-w-[62ch] text-ink-2 text-pretty">{t("apps.guide.text")}</p>
        <ol className="mt-5 grid gap-6">
          <GuideStep n={1} title={t("apps.guide.registerTitle")} text={t("apps.guide.registerText")}>
            <OutLink href={links.register}>{t("apps.guide.open")}</OutLink>
          </GuideStep>
          <GuideStep n={2} title={t("apps.guide.accountsTitle")} text={t("apps.guide.accountsText")} />
          <ComingBack facts={facts} />
          <Permissions facts={facts} />
          <GuideStep
            n={5}
            title={t("apps.guide.secretTitle")}
            text={facts.redirectUsable ? t("apps.guide.secretText") : t("apps.guide.secretDevice")}
          />
          <GuideStep n={6} title={t("apps.guide.workTitle")} text={t("apps.guide.workText")}>
            <OutLink href={links.publisher}>{t("apps.guide.verify")}</OutLink>
          </GuideStep>
          <GuideStep n={7} title={t("apps.guide.enterTitle")} text={t("apps.guide.enterText")}>
            <Button tone="primary" onClick={onEnter}>
              {t("apps.add")}
            </Button>
          </GuideStep>
        </ol>
      </div>
    </details>
  );
}

/** Where Microsoft takes no redirect to us, the device code is the way in. */
function ComingBack({ facts }: { facts: AppRegistration }) {
  const { t } = useTexts();
  if (!facts.redirectUsable)
    return <GuideStep n={3} title={t("apps.guide.deviceTitle")} text={t("apps.guide.deviceText")} />;
  return (
    <GuideStep n={3} title={t("apps.guide.redirectTitle")} text={t("apps.guide.redirectText")}>
      <CopyField
        label={t("apps.guide.redirect")}
        value={facts.redirectUri}
        copyLabel={t("connect.copy")}
        copiedLabel={t("connect.copied")}
        className="w-full max-w-[560px]"
      />
    </GuideStep>
  );
}

function Permissions({ facts }: { facts: AppRegistration }) {
  const { t } = useTexts();
  const api = facts.permissions[0]?.api ?? "Microsoft Graph";
  return (
    <GuideStep n={4} title={t("apps.guide.permissionsTitle")} text={t("apps.guide.permissionsText", { api })}>
      <ul className="flex flex-wrap gap-2">
        {facts.permissions.map(({ name }) => (
          <li key={name}>
            <CopyChip text={name} />
          </li>
        ))}
      </ul>
    </GuideStep>
  );
}

function CopyChip({ text }: { text: string }) {
  const { t } = useTexts();
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const Icon = copied ? Check : Copy;
  return (
    <span className="relative flex">
      <button
        type="button"
        aria-label={copied ? t("connect.copied") : t("apps.guide.copyName", { name: text })}
        onClick={() => void copyText(text, field.current).then(setCopied)}
        className="flex h-8 items-center gap-2 rounded-full border border-line bg-raise px-3 font-mono text-s transition-colors hover:border-edge hover:bg-press touch:h-10"
      >
        {text}
        <Icon size={13} aria-hidden className={copied ? "text-good" : "text-ink-3"} />
      </button>
      {/* Where the page may not use the clipboard, the browser copies what is selected. */}
      <input ref={field} value={text} readOnly tabIndex={-1} aria-hidden className="sr-only" />
    </span>
  );
}

function OutLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className={buttonClass()}>
      {children}
      <ExternalLink size={14} aria-hidden />
    </a>
  );
}

interface GuideStepProps {
  n: number;
  title: string;
  text: string;
  children?: ReactNode;
}

function GuideStep({ n, title, text, children }: GuideStepProps) {
  return (
    <li className="flex gap-4 phone:gap-3">
      <span
        aria-hidden
        className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-s font-semibold text-accent"
      >
        {n}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="pt-0.5 font-semibold">{title}</h3>
        <p className="mt-1 max-w-[62ch] text-ink-2 text-pretty">{text}</p>
        {children !== undefined && <div className="mt-3">{children}</div>}
      </div>
    </li>
  );
}
