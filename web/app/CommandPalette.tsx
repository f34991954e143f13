/** Every command by name (⌘K). Fed by the registry alone. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { Command as Cmdk } from "cmdk";
import { Kbd } from "../ui/Kbd.tsx";
import { useTexts } from "./i18n.ts";
import type { Command, CommandGroup } from "./shortcuts.ts";
import { useAllCommands } from "./use-commands.ts";

const groups: CommandGroup[] = ["conversation", "writing", "moving", "app"];

export function CommandPalette({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const commands = useAllCommands().filter((command) => command.hidden !== true && command.id !== "palette");
  const run = (command: Command) => {
    onClose();
    // After the palette has given the focus back: the command may want it elsewhere.
    setTimeout(command.run, 0);
  };
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          aria-label={t("app.palette")}
          className="fixed top-[14vh] left-1/2 z-40 w-[min(560px,calc(100vw-24px))] -translate-x-1/2 animate-rise overflow-hidden rounded-l border border-line bg-sheet shadow-float outline-none"
        >
          <Cmdk label={t("app.palette")} loop>
            <Cmdk.Input
              placeholder={t("app.palette")}
              className="h-13 w-full border-b border-line bg-transparent px-5 text-l outline-none"
            />
            <Cmdk.List className="max-h-[min(380px,56vh)] overflow-y-auto p-1.5 pb-2">
              <Cmdk.Empty className="px-4 py-8 text-center text-s text-ink-3">
                {t("app.paletteEmpty")}
              </Cmdk.Empty>
              {groups.map((group) => {
                const rows = commands.filter((command) => command.group === group);
                if (rows.length === 0) return null;
                return (
                  <Cmdk.Group
                    key={group}
                    heading={t(`app.groups.${group}`)}
                    className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-3"
                  >
                    {rows.map((command) => (
                      <Cmdk.Item
                        key={command.id}
                        value={command.id}
                        keywords={[t(command.label)]}
                        onSelect={() => run(command)}
                        className="flex h-9 cursor-default items-center justify-between rounded-s px-3 text-m data-[selected=true]:bg-raise touch:h-11"
                      >
                        {t(command.label)}
                        {command.keys?.[0] !== undefined && <Kbd keys={command.keys[0]} />}
                      </Cmdk.Item>
                    ))}
                  </Cmdk.Group>
                );
              })}
            </Cmdk.List>
          </Cmdk>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
