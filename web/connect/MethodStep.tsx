/** Step 2: Official Authorization or app password, and in plain words what will be asked for. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Check, KeyRound, Link2, MonitorSmartphone, ShieldCheck, type LucideIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { authorizeMailbox } from "../api/gen/client.ts";
import type { Mailbox, Provider } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { errorText } from "../app/error-text.ts";
import { useTexts } from "../app/i18n.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Notice } from "../ui/Panel.tsx";
import { SkeletonText } from "../ui/Skeleton.tsx";
import { Tag } from "../ui/Tag.tsx";
import { SharedMailbox, type SharedChoice } from "./SharedMailbox.tsx";
import { AppChoice } from "./AppChoice.tsx";
import { ConnectionChoice } from "./ConnectionChoice.tsx";
import { ProviderMark } from "./ProviderMark.tsx";
import { providersQuery } from "./queries.ts";
import { linkOf } from "./sign-in.ts";
import { asTransport, type WayIn } from "./way-in.ts";
import { PageHead, StepBars } from "./WizardFrame.tsx";

type Method = "oauth" | "password";
type Way = "browser" | "share" | "device";

interface MethodStepProps {
  address: string;
  providerId: string;
  /** Given: it is reconnected. */
  mailbox: Mailbox | null;
}

export function MethodStep(props: MethodStepProps) {
  const { t, language } = useTexts();
  const { data, error, refetch } = useQuery(providersQuery(props.address.toLowerCase(), language));
  const provider = data?.items.find((one) => one.id === props.providerId);
  return (
    <>
      <StepBars lit={2} />
      <PageHead title={props.mailbox === null ? t("connect.method.title") : t("connect.method.reconnect")}>
        {props.mailbox !== null && t("connect.method.reconnectText")}
      </PageHead>
      {provider !== undefined && <Methods {...props} provider={provider} />}
      {provider === undefined && error === null && data === undefined && (
        <div className="mt-8">
          <SkeletonText lines={5} />
        </div>
      )}
      {provider === undefined && (error !== null || data !== undefined) && (
        <ErrorState error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Methods({ address, provider, mailbox }: MethodStepProps & { provider: Provider }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [method, setMethod] = useState<Method>(
    mailbox?.method ?? (provider.methods.includes("oauth") ? "oauth" : "password"),
  );
  const [shared, setShared] = useState<SharedChoice | null>(null);
  // Microsoft comes back to https or to localhost only.
  const onlyCode = method === "oauth" && provider.oauthReady && !provider.browserReady;
  const [appId, setAppId] = useState<string | null>(null);
  const [wayIn, setWayIn] = useState<WayIn>("automatic");
  const begin = useBegin({ address, provider, mailbox, appId, wayIn });
  const byPassword = () =>
    void navigate({
      to: "/connect/new",
      search: { address, provider: provider.id, mailbox: mailbox?.id, step: "password" },
    });
  return (
    <>
      <div className="mt-6 flex items-center gap-3 rounded-m border border-line bg-sheet px-4 py-3">
        <ProviderMark id={provider.id} />
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">{address}</p>
          <p className="text-s text-ink-3">{provider.name}</p>
        </div>
        {mailbox === null && (
          <Link
            to="/connect/new"
            search={{ address, provider: provider.id }}
            className="rounded-xs text-s font-medium text-accent hover:underline"
          >
            {t("connect.method.change")}
          </Link>
        )}
      </div>
      <fieldset className="mt-4 grid gap-2.5">
        <legend className="sr-only">{t("connect.steps.method")}</legend>
        {provider.methods.includes("oauth") && (
          <MethodCard
            name="oauth"
            icon={ShieldCheck}
            chosen={method === "oauth"}
            onChoose={() => setMethod("oauth")}
            title={t("connect.method.oauth")}
            tag={<Tag tone="good">{t("connect.method.recommended")}</Tag>}
          >
            {t("connect.method.oauthText", { provider: signInName(provider) })}
          </MethodCard>
        )}
        {provider.methods.includes("password") && (
          <MethodCard
            name="password"
            icon={KeyRound}
            chosen={method === "password"}
            onChoose={() => setMethod("password")}
            title={t("connect.method.password")}
          >
            {t("connect.method.passwordText")}
          </MethodCard>
        )}
      </fieldset>
      {method === "oauth" && (
        <AppChoice apps={provider.apps} chosen={appId} onChoose={setAppId} reconnect={mailbox !== null} />
      )}
      {method === "oauth" && <Permissions provider={provider} />}
      {method === "oauth" && mailbox === null && (
        <>
          <SharedMailbox value={shared} onChange={setShared} />
          <ConnectionChoice value={wayIn} onChange={setWayIn} />
        </>
      )}
      {onlyCode && (
        <Notice tone="plain" className="mt-4">
          {t("connect.method.onlyCode", { origin: window.location.origin })}
        </Notice>
      )}
      {method === "password" && provider.passwordNote !== null && (
        <Notice tone="warn" className="mt-4">
          {provider.passwordNote}
        </Notice>
      )}
      {begin.error !== null && (
        <Notice tone="bad" className="mt-4">
          {errorText(begin.error, t)}
        </Notice>
      )}
      <div className="mt-6 flex justify-end">
        {method === "oauth" ? (
          <Button
            tone="primary"
            size="l"
            className="phone:w-full"
            busy={begin.busy === (onlyCode ? "device" : "browser")}
            disabled={begin.busy !== null || !provider.oauthReady}
            onClick={() => void begin.run(onlyCode ? "device" : "browser", shared)}
          >
            {t(onlyCode ? "connect.method.goCode" : "connect.method.go")}
          </Button>
        ) : (
          <Button tone="primary" size="l" className="phone:w-full" onClick={byPassword}>
            {t("connect.next")}
          </Button>
        )}
      </div>
      {method === "oauth" && provider.oauthReady && !onlyCode && (
        <OtherWays busy={begin.busy} onChoose={(way) => void begin.run(way, shared)} />
      )}
    </>
  );
}

/** Whose page the password is typed into. */
const signInName = (provider: Provider): string => (provider.sandbox ? provider.name : "Microsoft");

/** Makes the attempt on the server and goes where it is carried on. */
function useBegin({
  address,
  provider,
  mailbox,
  appId,
  wayIn,
}: {
  address: string;
  provider: Provider;
  mailbox: Mailbox | null;
  appId: string | null;
  wayIn: WayIn;
}) {
  const navigate = useNavigate();
  const [busy, setBusy] = useState<Way | null>(null);
  const [error, setError] = useState<unknown>(null);
  const run = async (way: Way, shared: SharedChoice | null = null) => {
    setBusy(way);
    setError(null);
    try {
      const attempt = await authorizeMailbox({
        address,
        provider: provider.id,
        flow: way === "device" ? "device" : "browser",
        ...(way === "share" ? { share: true } : {}),
        ...(shared === null ? {} : { shared: true }),
        ...(shared === null || shared.delegate === "" ? {} : { delegate: shared.delegate }),
        ...(mailbox === null ? {} : { mailboxId: mailbox.id }),
        ...(appId === null ? {} : { appId }),
        ...asTransport(wayIn),
      });
      const link = linkOf(attempt.connectUrl);
      if (way !== "browser") return await navigate({ to: "/connect/new", search: { attempt: attempt.id } });
      const here = new URL(attempt.connectUrl, window.location.href).origin === window.location.origin;
      if (link !== null && here) return await navigate({ to: "/connect/$link", params: { link } });
      window.location.assign(attempt.connectUrl);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(null);
    }
  };
  return { busy, error, run };
}

function MethodCard({
  name,
  icon: Icon,
  chosen,
  onChoose,
  title,
  tag,
  children,
}: {
  name: Method;
  icon: LucideIcon;
  chosen: boolean;
  onChoose: () => void;
  title: string;
  tag?: ReactNode;
  children: ReactNode;
}) {
  return (
    <label
      className={cx(
        "flex items-start gap-3.5 rounded-m border bg-sheet p-4 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
        chosen ? "border-accent ring-1 ring-accent" : "border-line hover:border-edge",
      )}
    >
      <input
        type="radio"
        name="method"
        value={name}
        checked={chosen}
        onChange={onChoose}
        className="sr-only"
      />
      <Icon
        size={20}
        strokeWidth={1.6}
        className={cx("mt-px shrink-0", chosen ? "text-accent" : "text-ink-3")}
        aria-hidden
      />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-2 font-semibold">
          {title}
          {tag}
        </span>
        <span className="mt-0.5 block text-s text-ink-2 text-pretty">{children}</span>
      </span>
      <span
        aria-hidden
        className={cx(
          "mt-0.5 size-4 shrink-0 rounded-full border transition-all",
          chosen ? "border-[5px] border-accent" : "border-edge",
        )}
      />
    </label>
  );
}

function Permissions({ provider }: { provider: Provider }) {
  const { t } = useTexts();
  if (!provider.oauthReady)
    return (
      <Notice tone="warn" className="mt-4">
        {t("connect.method.notReady")}
      </Notice>
    );
  return (
    <section className="mt-5">
      <h2 className="text-s font-medium text-ink-2">
        {t("connect.method.permissions", { provider: signInName(provider) })}
      </h2>
      <PermissionList permissions={provider.permissions} />
    </section>
  );
}

/** What is asked for, each with a tick: it is a list to read, not a choice. */
export function PermissionList({ permissions }: { permissions: readonly string[] }) {
  return (
    <ul className="mt-2 grid gap-1.5">
      {permissions.map((permission) => (
        <li key={permission} className="flex gap-2.5">
          <Check size={15} className="mt-[3px] shrink-0 text-good" aria-hidden />
          <span className="min-w-0">{permission}</span>
        </li>
      ))}
    </ul>
  );
}

function OtherWays({ busy, onChoose }: { busy: Way | null; onChoose: (way: Way) => void }) {
  const { t } = useTexts();
  const ways = [
    { way: "share", icon: Link2, title: t("connect.method.share"), text: t("connect.method.shareText") },
    {
      way: "device",
      icon: MonitorSmartphone,
      title: t("connect.method.device"),
      text: t("connect.method.deviceText"),
    },
  ] as const;
  return (
    <section className="mt-9 border-t border-line pt-5">
      <h2 className="text-s font-medium text-ink-2">{t("connect.method.otherWays")}</h2>
      <div className="mt-2 -ml-2.5 grid gap-0.5">
        {ways.map(({ way, icon: Icon, title, text }) => (
          <button
            key={way}
            type="button"
            disabled={busy !== null}
            aria-busy={busy === way || undefined}
            onClick={() => onChoose(way)}
            className="flex items-start gap-3 rounded-s px-2.5 py-2 text-left transition-colors hover:bg-raise disabled:opacity-50"
          >
            <Icon size={17} strokeWidth={1.7} className="mt-0.5 shrink-0 text-ink-3" aria-hidden />
            <span>
              <span className="block font-medium">{title}</span>
              <span className="block text-s text-ink-3">{text}</span>
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}
