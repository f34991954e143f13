/** An administrator comes back from consenting for the organization: what it was for, and that nothing more is to be done. */
import { useSearch } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { useTexts } from "../app/i18n.ts";
import { cx } from "../ui/class-names.ts";
import { PageHead, PlainPage } from "./WizardFrame.tsx";

const answers = ["granted", "refused", "stale"] as const;

export function ConsentedPage() {
  const { t } = useTexts();
  const { answer } = useSearch({ from: "/connect/consented" });
  const known = answers.find((one) => one === answer) ?? "failed";
  const good = known === "granted";
  const Icon = good ? Check : X;
  return (
    <PlainPage>
      <span
        aria-hidden
        className={cx(
          "mb-5 grid size-10 place-items-center rounded-full",
          good ? "bg-good-soft text-good" : "bg-warn-soft text-warn",
        )}
      >
        <Icon size={20} strokeWidth={2} />
      </span>
      <PageHead title={t(`connect.consented.${known}Title`)}>{t(`connect.consented.${known}Text`)}</PageHead>
    </PlainPage>
  );
}
