/** Step 3 while somebody is to act elsewhere: a link to send, or a code to enter. */
import { Check, Copy, ExternalLink } from "lucide-react";
import { useEffect, useState } from "react";
import type { Attempt } from "../api/gen/model/index.ts";
import { now } from "../app/clock.ts";
import { clockTime, fullTime } from "../app/format.ts";
import { useTexts } from "../app/i18n.ts";
import { Busy, Button, buttonClass } from "../ui/Button.tsx";
import { CopyField, copyText } from "../ui/CopyField.tsx";
import { PageHead } from "./WizardFrame.tsx";

interface WaitingProps {
  attempt: Attempt;
  busy: string | null;
  onGiveUp: () => void;
}

export function ShareScreen({ attempt, busy, onSignIn, onGiveUp }: WaitingProps & { onSignIn: () => void }) {
  const { t } = useTexts();
  return (
    <>
      <PageHead title={t("connect.authorize.shareTitle")}>
        {t("connect.authorize.shareText", { address: attempt.address })}
      </PageHead>
      <div className="mt-6 rounded-m border border-line bg-sheet p-5 phone:p-4">
        <CopyField
          label={t("connect.authorize.link")}
          value={attempt.connectUrl}
          copyLabel={t("connect.copy")}
          copiedLabel={t("connect.copied")}
          tone="primary"
        />
        <Waiting
          text={t(
            attempt.step === "waiting" ? "connect.authorize.waiting" : "connect.authorize.waitingSignIn",
          )}
          until={attempt.expiresAt}
        />
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button busy={busy === "sign_in_again"} disabled={busy !== null} onClick={onSignIn}>
          {t("connect.authorize.here")}
        </Button>
        <Button tone="quiet" busy={busy === "dismiss"} disabled={busy !== null} onClick={onGiveUp}>
          {t("connect.authorize.giveUp")}
        </Button>
      </div>
    </>
  );
}

function Waiting({ text, until, counting = false }: { text: string; until: string; counting?: boolean }) {
  const { t, locale } = useTexts();
  return (
    <p className="mt-4 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-s text-ink-2" aria-live="polite">
      <span className="flex text-accent">
        <Busy />
      </span>
      {text}
      <span className="ml-auto text-ink-3 tabular-nums">
        {counting ? (
          <TimeLeft until={until} />
        ) : (
          t("connect.authorize.until", { time: untilText(until, locale) })
        )}
      </span>
    </p>
  );
}

/** Today the time is enough; a link that is good for a week needs the day. */
const untilText = (until: string, locale: string): string =>
  new Date(until).getTime() - now().getTime() < dayMs ? clockTime(until, locale) : fullTime(until, locale);

const dayMs = 86_400_000;

/** Ticks by the second; not read aloud, which would never end. */
function TimeLeft({ until }: { until: string }) {
  const { t } = useTexts();
  const [left, setLeft] = useState(() => secondsUntil(until));
  useEffect(() => {
    const timer = setInterval(() => setLeft(secondsUntil(until)), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return <span aria-live="off">{t("connect.authorize.left", { time })}</span>;
}

const secondsUntil = (until: string): number =>
  Math.max(0, Math.round((new Date(until).getTime() - now().getTime()) / 1_000));

/** How long "Copied" stands, in ms. */
const shownMs = 2_000;

export function DeviceScreen({ attempt, busy, onGiveUp }: WaitingProps) {
  const { t } = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const { device } = attempt;
  if (device === null) return null;
  const sandbox = attempt.provider === "sandbox";
  return (
    <>
      <PageHead title={t(sandbox ? "connect.authorize.deviceTitleSandbox" : "connect.authorize.deviceTitle")}>
        {t(sandbox ? "connect.authorize.deviceSandbox" : "connect.authorize.deviceText", {
          address: attempt.address,
        })}
      </PageHead>
      <div className="mt-6 rounded-m border border-line bg-sheet p-6 phone:p-4">
        <p className="text-s font-medium text-ink-2">{t("connect.authorize.code")}</p>
        <div className="mt-1 flex flex-wrap items-center gap-x-5 gap-y-3">
          <output className="font-mono text-[34px]/[44px] font-semibold tracking-[0.12em] select-all phone:text-[28px]">
            {device.userCode}
          </output>
          <Button
            icon={copied ? <Check size={15} /> : <Copy size={15} />}
            onClick={() => void copyText(device.userCode, null).then(setCopied)}
          >
            <span aria-live="polite">{t(copied ? "connect.copied" : "connect.copy")}</span>
          </Button>
        </div>
        <a
          href={device.verificationUri}
          target="_blank"
          rel="noreferrer"
          className={`${buttonClass("primary", "l")} mt-4 max-w-full whitespace-normal! phone:w-full`}
        >
          <span className="min-w-0 truncate">
            {t("connect.authorize.devicePage", { page: device.verificationUri.replace(/^https?:\/\//u, "") })}
          </span>
          <ExternalLink size={15} className="shrink-0" aria-hidden />
        </a>
        <Waiting text={t("connect.authorize.deviceWaiting")} until={device.expiresAt} counting />
      </div>
      <Button
        tone="quiet"
        className="mt-4 -ml-3.5"
        busy={busy === "dismiss"}
        disabled={busy !== null}
        onClick={onGiveUp}
      >
        {t("connect.authorize.giveUp")}
      </Button>
    </>
  );
}
