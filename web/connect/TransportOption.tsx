/** One way in which mail comes, to choose among others: its name and what it can; of POP3 also, once chosen, what it cannot. */
import { useTexts } from "../app/i18n.ts";
import { Notice } from "../ui/Panel.tsx";
import type { WayIn } from "./way-in.ts";

interface TransportOptionProps {
  way: WayIn;
  chosen: boolean;
  onChoose: () => void;
}

export function TransportOption({ way, chosen, onChoose }: TransportOptionProps) {
  const { t } = useTexts();
  return (
    <div>
      <label className="grid grid-cols-[auto_1fr] gap-x-3 px-4 py-2.5 font-medium transition-colors hover:bg-raise has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent">
        <input
          type="radio"
          name="transport"
          value={way}
          className="mt-0.5 size-4 accent-accent"
          checked={chosen}
          onChange={onChoose}
        />
        {t(`mailboxes.transport.name.${way}`)}
        <span className="col-start-2 text-s font-normal text-ink-3 text-pretty">
          {t(`mailboxes.transport.can.${way}`)}
        </span>
      </label>
      {way === "pop3" && chosen && (
        <Notice tone="warn" className="mt-0.5 mr-4 mb-3 ml-11">
          <p className="font-medium">{t("mailboxes.transport.popCannot")}</p>
          <ul className="mt-1 list-disc pl-4.5 text-pretty">
            {(["folders", "marks", "changes", "late"] as const).map((what) => (
              <li key={what}>{t(`mailboxes.transport.pop.${what}`)}</li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}
