/** Host, port and encryption of reading and sending; folded away where the provider is known. */
import { ChevronRight } from "lucide-react";
import { useTexts } from "../app/i18n.ts";
import { Switch } from "../ui/Choice.tsx";
import { Field, Input, Select } from "../ui/Field.tsx";
import { withSecurity, type PasswordDraft, type Security, type ServerKind } from "./password-form.ts";

interface ServersProps {
  draft: PasswordDraft;
  onChange: (draft: PasswordDraft) => void;
  wrong: (name: string) => string | null;
  /** Begin folded: the values are known to be right. */
  folded: boolean;
}

export function Servers(props: ServersProps) {
  const { t } = useTexts();
  const { draft } = props;
  if (!props.folded) return <BothServers {...props} />;
  return (
    <details className="group rounded-m border border-line bg-sheet px-4 py-3">
      <summary className="flex items-center gap-2 select-none touch:min-h-8">
        <ChevronRight size={15} className="shrink-0 transition-transform group-open:rotate-90" aria-hidden />
        <span className="shrink-0 font-medium">{t("connect.password.servers")}</span>
        <span className="ml-auto min-w-0 truncate text-s text-ink-3 group-open:hidden">
          {[draft.imap.host, draft.sending ? draft.smtp.host : ""].filter((host) => host !== "").join(" · ")}
        </span>
      </summary>
      <div className="pt-4 pb-1">
        <BothServers {...props} />
      </div>
    </details>
  );
}

function BothServers({ draft, onChange, wrong }: ServersProps) {
  const { t } = useTexts();
  return (
    <div className="flex flex-col gap-5">
      <ServerFields kind="imap" draft={draft} onChange={onChange} wrong={wrong} />
      <Switch
        checked={draft.sending}
        onChange={(sending) => onChange({ ...draft, sending })}
        label={<span className="font-medium">{t("connect.password.smtpOn")}</span>}
      />
      {draft.sending && <ServerFields kind="smtp" draft={draft} onChange={onChange} wrong={wrong} />}
    </div>
  );
}

function ServerFields({ kind, draft, onChange, wrong }: Omit<ServersProps, "folded"> & { kind: ServerKind }) {
  const { t } = useTexts();
  const server = draft[kind];
  const set = (next: typeof server) => onChange({ ...draft, [kind]: next });
  return (
    <fieldset>
      <legend className="mb-2 font-medium">{t(`connect.password.${kind}`)}</legend>
      <div className="grid grid-cols-[1fr_88px_136px] items-start gap-3 phone:grid-cols-2">
        <Field label={t("connect.password.host")} error={wrong(`${kind}.host`)} className="phone:col-span-2">
          <Input
            value={server.host}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            placeholder={kind === "imap" ? "imap.example.com" : "smtp.example.com"}
            onChange={(event) => set({ ...server, host: event.target.value })}
          />
        </Field>
        <Field label={t("connect.password.port")} error={wrong(`${kind}.port`)}>
          <Input
            value={server.port}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => set({ ...server, port: event.target.value.trim() })}
          />
        </Field>
        <Field label={t("connect.password.security")} error={wrong(`${kind}.security`)}>
          <Select
            value={server.security}
            onChange={(event) => set(withSecurity(server, kind, event.target.value as Security))}
          >
            <option value="tls">{t("connect.password.tls")}</option>
            <option value="starttls">{t("connect.password.starttls")}</option>
            <option value="none">{t("connect.password.none")}</option>
          </Select>
        </Field>
      </div>
      {server.security === "none" && (
        <p className="mt-1.5 text-s text-warn">{t("connect.password.noneHint")}</p>
      )}
    </fieldset>
  );
}
