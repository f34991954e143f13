/** A line of recipients: each a chip that can be taken out, and a field for the next address. */
import { X } from "lucide-react";
import { useId, useState } from "react";
import type { MailAddress } from "../api/gen/model/index.ts";
import { useTexts } from "../app/i18n.ts";
import { parseAddress, personName, sameAddress } from "./people.ts";

interface RecipientsProps {
  label: string;
  people: readonly MailAddress[];
  onChange: (people: readonly MailAddress[]) => void;
}

export function Recipients({ label, people, onChange }: RecipientsProps) {
  const { t } = useTexts();
  const id = useId();
  const [text, setText] = useState("");
  const [bad, setBad] = useState(false);

  const commit = (): boolean => {
    if (text.trim() === "") return false;
    const parsed = text
      .split(/[,;\n]+/u)
      .filter((part) => part.trim() !== "")
      .map(parseAddress);
    const added = parsed.filter((person) => person !== null);
    if (added.length < parsed.length) {
      setBad(true);
      return true;
    }
    onChange([
      ...people,
      ...added.filter((person) => !people.some((known) => sameAddress(known.address, person.address))),
    ]);
    setText("");
    return true;
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (
      (event.key === "Enter" && !event.metaKey && !event.ctrlKey) ||
      event.key === "," ||
      event.key === ";"
    ) {
      if (commit() || event.key !== "Enter") event.preventDefault();
    } else if (event.key === "Backspace" && text === "") onChange(people.slice(0, -1));
  };

  return (
    <div className="flex items-start gap-2 text-s">
      <label htmlFor={id} className="min-w-9 shrink-0 pt-[3px] whitespace-nowrap text-ink-3">
        {label}
      </label>
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-1">
        {people.map((person) => (
          <span
            key={person.address}
            title={person.address}
            className="flex h-[26px] max-w-full items-center gap-1 rounded-full bg-raise pr-1 pl-2.5"
          >
            <span className="truncate">
              {person.name.trim() === "" ? person.address : personName(person)}
            </span>
            <button
              type="button"
              aria-label={t("inbox.composer.remove", { name: personName(person) })}
              onClick={() => onChange(people.filter((other) => other !== person))}
              className="grid size-5 shrink-0 place-items-center rounded-full text-ink-3 hover:bg-press hover:text-ink touch:size-8"
            >
              <X size={12} />
            </button>
          </span>
        ))}
        <input
          id={id}
          type="text"
          inputMode="email"
          autoComplete="off"
          spellCheck={false}
          value={text}
          placeholder={people.length === 0 ? t("inbox.composer.addressHint") : ""}
          aria-invalid={bad || undefined}
          aria-describedby={bad ? `${id}-bad` : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setBad(false);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => commit()}
          className="h-[26px] min-w-16 flex-1 bg-transparent outline-none phone:text-l"
        />
        {bad && (
          <p id={`${id}-bad`} role="alert" className="w-full text-bad">
            {t("inbox.composer.badAddress", { text: text.trim() })}
          </p>
        )}
      </div>
    </div>
  );
}
