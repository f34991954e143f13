/** Which folders and how far back: the wizard's step 5, and the same on the mailbox's own page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { chooseFolders } from "../api/gen/client.ts";
import type { Folder, History, Mailbox } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { count } from "../app/format.ts";
import { useTexts, type Translate } from "../app/i18n.ts";
import { queryKeys } from "../app/query-keys.ts";
import { Button } from "../ui/Button.tsx";
import { Switch } from "../ui/Choice.tsx";
import { cx } from "../ui/class-names.ts";
import { Notice, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { choosable, firstChoice, roughTime, usualFolders } from "./folder-tree.ts";
import { FolderTree } from "./FolderTree.tsx";
import { foldersQuery } from "./queries.ts";
import { useEstimate } from "./use-estimate.ts";

interface FolderFormProps {
  mailbox: Mailbox;
  submitLabel: string;
  onDone: (mailbox: { history: History }) => void;
  /** May change nothing: an agent. */
  disabled?: boolean;
}

export function FolderForm(props: FolderFormProps) {
  const { t } = useTexts();
  const { data, error, refetch } = useQuery(foldersQuery(props.mailbox.id));
  if (data === undefined && error !== null)
    return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined || !data.listed)
    return (
      <>
        <output className="mb-3 block text-s text-ink-3">{t("connect.folders.listing")}</output>
        <Skeleton className="h-64 rounded-m!" />
      </>
    );
  return <Choices {...props} folders={data.items} />;
}

/** `about 3 minutes`, in words. */
export function roughText(seconds: number, t: Translate): string {
  const rough = roughTime(seconds);
  if (rough.unit === "moment") return t("connect.folders.moment");
  return t(`connect.folders.${rough.unit}`, { count: rough.count });
}

interface Choice {
  chosen: ReadonlySet<string>;
  history: History;
  newFolders: boolean;
  readOnly: boolean;
}

function useChoose({ mailbox, onDone }: FolderFormProps) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (choice: Choice) =>
      chooseFolders(mailbox.id, {
        selected: [...choice.chosen],
        history: choice.history,
        newFolders: choice.newFolders,
        readOnly: choice.readOnly,
      }),
    onSuccess: (folders, choice) => {
      client.setQueryData(foldersQuery(mailbox.id).queryKey, folders);
      void client.invalidateQueries({ queryKey: queryKeys.mailboxes });
      onDone(choice);
    },
  });
}

function Choices(props: FolderFormProps & { folders: Folder[] }) {
  const { t } = useTexts();
  const { mailbox, folders, submitLabel, disabled = false } = props;
  const [choice, setChoice] = useState<Choice>(() => ({
    chosen: new Set(firstChoice(folders, mailbox.foldersChosen)),
    history: mailbox.history,
    newFolders: mailbox.newFolders,
    readOnly: mailbox.readOnly,
  }));
  const save = useChoose(props);
  const change = (part: Partial<Choice>) => setChoice({ ...choice, ...part });
  const none = choice.chosen.size === 0;
  return (
    <form
      className="flex flex-col gap-7"
      onSubmit={(event) => {
        event.preventDefault();
        if (!none) save.mutate(choice);
      }}
    >
      <div>
        <QuickChoices
          folders={folders}
          choice={choice}
          onChange={(chosen) => change({ chosen })}
          disabled={disabled}
        />
        <FolderTree
          folders={folders}
          chosen={choice.chosen}
          disabled={disabled}
          onChange={(chosen) => change({ chosen })}
        />
      </div>
      <HistoryChoice
        mailboxId={mailbox.id}
        choice={choice}
        disabled={disabled}
        onChange={(history) => change({ history })}
      />
      <Panel>
        <Switch
          className="px-4 py-3"
          checked={choice.newFolders}
          disabled={disabled}
          onChange={(newFolders) => change({ newFolders })}
          label={<span className="font-medium">{t("connect.folders.newFolders")}</span>}
          hint={t("connect.folders.newFoldersHint")}
        />
        <Switch
          className="px-4 py-3"
          checked={choice.readOnly}
          disabled={disabled}
          onChange={(readOnly) => change({ readOnly })}
          label={<span className="font-medium">{t("connect.folders.readOnly")}</span>}
          hint={t("connect.folders.readOnlyHint")}
        />
      </Panel>
      {save.error !== null && <Notice tone="bad">{errorText(save.error, t)}</Notice>}
      {!disabled && (
        <div className="flex flex-wrap items-center justify-end gap-3">
          {none && <p className="text-s text-bad">{t("connect.folders.nothing")}</p>}
          <Button
            type="submit"
            tone="primary"
            size="l"
            busy={save.isPending}
            disabled={none}
            className="phone:w-full"
          >
            {submitLabel}
          </Button>
        </div>
      )}
    </form>
  );
}

function QuickChoices({
  folders,
  choice,
  onChange,
  disabled,
}: {
  folders: readonly Folder[];
  choice: Choice;
  onChange: (chosen: ReadonlySet<string>) => void;
  disabled: boolean;
}) {
  const { t } = useTexts();
  const all = folders.filter(choosable).map((folder) => folder.id);
  return (
    <div className="mb-2 flex flex-wrap items-center gap-x-1 gap-y-1">
      <span className="min-w-0 flex-1 text-s font-medium text-ink-2" aria-live="polite">
        {t("connect.folders.chosen", { count: choice.chosen.size })}
      </span>
      {!disabled && (
        <>
          <Button tone="quiet" size="s" onClick={() => onChange(new Set(usualFolders(folders)))}>
            {t("connect.folders.usual")}
          </Button>
          <Button tone="quiet" size="s" onClick={() => onChange(new Set(all))}>
            {t("connect.folders.allMail")}
          </Button>
        </>
      )}
    </div>
  );
}

const ranges = ["all", "1y", "3m", "1m", "none"] as const;

function HistoryChoice({
  mailboxId,
  choice,
  onChange,
  disabled,
}: {
  mailboxId: string;
  choice: Choice;
  onChange: (history: History) => void;
  disabled: boolean;
}) {
  const { t } = useTexts();
  return (
    <fieldset disabled={disabled}>
      <legend className="mb-2 text-s font-medium text-ink-2">{t("connect.folders.history")}</legend>
      <div className="flex gap-1 rounded-m border border-line bg-sheet p-1 phone:flex-wrap">
        {ranges.map((range) => (
          <label
            key={range}
            className={cx(
              "flex h-8 flex-1 basis-20 items-center phone:basis-[30%] justify-center rounded-s px-2 text-center text-s font-medium whitespace-nowrap transition-colors touch:h-10",
              "has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent",
              choice.history === range ? "bg-press text-ink" : "text-ink-2 hover:bg-raise hover:text-ink",
            )}
          >
            <input
              type="radio"
              name="history"
              value={range}
              checked={choice.history === range}
              onChange={() => onChange(range)}
              className="sr-only"
            />
            {t(`connect.folders.range.${range}`)}
          </label>
        ))}
      </div>
      {!disabled && <EstimateLine mailboxId={mailboxId} choice={choice} />}
    </fieldset>
  );
}

function EstimateLine({ mailboxId, choice }: { mailboxId: string; choice: Choice }) {
  const { t, locale } = useTexts();
  const { estimate, counting, failed } = useEstimate(mailboxId, [...choice.chosen], choice.history);
  const text = () => {
    if (choice.chosen.size === 0) return "";
    if (choice.history === "none") return t("connect.folders.estimateNone");
    if (failed) return t("connect.folders.estimateFailed");
    if (estimate === null) return t("connect.folders.estimating");
    return t("connect.folders.estimate", {
      count: estimate.messages,
      formatted: count(estimate.messages, locale),
      time: roughText(estimate.seconds, t),
    });
  };
  return (
    <p aria-live="polite" aria-busy={counting} className="mt-2.5 min-h-5 text-s text-ink-3">
      {text()}
    </p>
  );
}
