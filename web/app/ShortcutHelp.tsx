/** The keys that work on this screen, from the registry: what is listed is what works. */
import { Dialog } from "../ui/Dialog.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { useTexts } from "./i18n.ts";
import type { Command, CommandGroup } from "./shortcuts.ts";
import { useAllCommands } from "./use-commands.ts";

const groups: CommandGroup[] = ["moving", "conversation", "writing", "app"];

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const commands = useAllCommands().filter(
    (command) => command.keys !== undefined && command.hidden !== true,
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("app.help")}
      width="m"
      closeLabel={t("app.close")}
    >
      <div className="columns-2 gap-10 phone:columns-1">
        {groups.map((group) => {
          const rows = commands.filter((command) => command.group === group);
          return rows.length === 0 ? null : (
            <HelpGroup key={group} title={t(`app.groups.${group}`)} rows={rows} />
          );
        })}
      </div>
    </Dialog>
  );
}

function HelpGroup({ title, rows }: { title: string; rows: Command[] }) {
  const { t } = useTexts();
  return (
    <section className="mb-6 break-inside-avoid">
      <h3 className="mb-1 text-xs font-semibold text-ink-3">{title}</h3>
      <dl>
        {rows.map((command) => (
          <div key={command.id} className="flex items-center justify-between gap-4 py-1">
            <dt className="text-s">{t(command.label)}</dt>
            <dd className="flex gap-1">
              {command.keys?.map((keys) => (
                <Kbd key={keys} keys={keys} always />
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
