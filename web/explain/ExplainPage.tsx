/** Explain an error: a box for what any program said, and under it the findings that fit. Contacts nothing, keeps nothing. */
import { Lock } from "lucide-react";
import { useState } from "react";
import { ExplainInputKind, ExplainInputStep, type ExplainInput } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { MenuButton } from "../app/MenuButton.tsx";
import { Field, Select } from "../ui/Field.tsx";
import { Answer } from "./Answer.tsx";
import { ErrorBox } from "./ErrorBox.tsx";
import { exampleAfter } from "./examples.ts";
import { askedText } from "./pasted.ts";
import { useExplained } from "./use-explained.ts";

const steps = Object.values(ExplainInputStep);
const kinds = Object.values(ExplainInputKind);

const questionOf = (text: string, { step, kind }: Where): ExplainInput => ({
  text,
  ...(step !== undefined && { step }),
  ...(kind !== undefined && { kind }),
});

interface Where {
  step?: ExplainInputStep | undefined;
  kind?: ExplainInputKind | undefined;
}

export function ExplainPage() {
  const { t } = useTexts();
  const [text, setText] = useState("");
  const [where, setWhere] = useState<Where>({});
  const { text: asked, isCut } = askedText(text);
  const explained = useExplained(questionOf(asked, where));
  const clear = () => {
    setText("");
    setWhere({});
  };
  return (
    <div className="h-full overflow-y-auto">
      <title>{`${t("explain.title")} · Hitchpost`}</title>
      <div className="mx-auto w-full max-w-[760px] px-6 pt-8 pb-16 phone:px-4 phone:pt-3">
        <MenuButton className="-ml-2 mb-2" />
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{t("explain.title")}</h1>
        <p className="mt-1 text-ink-2 text-pretty">{t("explain.text")}</p>
        <ErrorBox
          text={text}
          isCut={isCut}
          onText={setText}
          onExample={() => setText(exampleAfter(text))}
          onClear={clear}
        />
        <WhereFields where={where} onChange={setWhere} />
        <p className="mt-3.5 flex items-center gap-1.5 text-s text-ink-3">
          <Lock size={13} className="shrink-0" aria-hidden />
          {t("explain.private")}
        </p>
        <Answer isEmpty={asked === ""} isNarrowed={where.step !== undefined} explained={explained} />
      </div>
    </div>
  );
}

const one = <T extends string>(list: readonly T[], value: string): T | undefined =>
  list.find((item) => item === value);

function WhereFields({ where, onChange }: { where: Where; onChange: (where: Where) => void }) {
  const { t } = useTexts();
  return (
    <div className="mt-4 grid grid-cols-2 gap-4 phone:grid-cols-1 phone:gap-3">
      <Field label={t("explain.step")}>
        <Select
          value={where.step ?? ""}
          onChange={({ target }) => onChange({ ...where, step: one(steps, target.value) })}
        >
          <option value="">{t("explain.stepAny")}</option>
          {steps.map((step) => (
            <option key={step} value={step}>
              {t(`explain.steps.${step}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t("explain.kind")}>
        <Select
          value={where.kind ?? ""}
          onChange={({ target }) => onChange({ ...where, kind: one(kinds, target.value) })}
        >
          <option value="">{t("explain.kindAny")}</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`explain.kinds.${kind}`)}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
