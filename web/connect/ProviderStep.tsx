/** Step 1: the address, and who runs its mail. Typing the address picks the tile; a tile chosen by hand stays. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState, type FormEvent } from "react";
import type { Provider } from "../api/gen/model/index.ts";
import { ErrorState } from "../app/ErrorState.tsx";
import { useTexts } from "../app/i18n.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/class-names.ts";
import { Field, Input } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Tag } from "../ui/Tag.tsx";
import { looksLikeAddress } from "./password-form.ts";
import { ProviderMark } from "./ProviderMark.tsx";
import { providersQuery, settingsQuery } from "./queries.ts";
import { Unfinished } from "./Unfinished.tsx";
import { PageHead, StepBars } from "./WizardFrame.tsx";

const sandboxAddress = "well@outlook.example";
const focusAtOnce = (input: HTMLInputElement | null): void => input?.focus({ preventScroll: true });

export function ProviderStep() {
  const { t, language } = useTexts();
  const navigate = useNavigate();
  const client = useQueryClient();
  const search = useSearch({ from: "/connect/new" });
  const [address, setAddress] = useState(search.address ?? "");
  const [chosen, setChosen] = useState<string | null>(search.provider ?? null);
  const [problem, setProblem] = useState<"needAddress" | "badAddress" | "needProvider" | null>(null);
  const [looking, setLooking] = useState(false);
  const whole = looksLikeAddress(address) && /\.\w/u.test(address.slice(address.lastIndexOf("@")));
  const asked = useDeferredValue(whole ? address.trim().toLowerCase() : "");
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(providersQuery(asked, language));
  const suggested = whole ? (data?.suggested ?? null) : null;
  const picked = chosen ?? suggested;

  /** Who runs the mail of a domain of one's own; null when nobody is found, or asking others failed. */
  const lookUp = async (): Promise<string | null> => {
    setLooking(true);
    const found = await client.fetchQuery(settingsQuery(address.trim().toLowerCase())).catch(() => null);
    setLooking(false);
    return found === null || found.source === "none" ? null : found.provider;
  };

  const goOn = async () => {
    if (address.trim() === "") return setProblem("needAddress");
    if (!looksLikeAddress(address)) return setProblem("badAddress");
    // Who types fast is here before the suggestion for the whole address is.
    const answer = await client
      .ensureQueryData(providersQuery(whole ? address.trim().toLowerCase() : "", language))
      .catch(() => data);
    const wanted = chosen ?? answer?.suggested ?? (whole ? await lookUp() : null);
    const provider = answer?.items.find((one) => one.id === wanted);
    if (provider === undefined) return setProblem("needProvider");
    const place = { address: address.trim(), provider: provider.id };
    // The way back leads to this step as it was filled in.
    await navigate({ to: "/connect/new", search: place, replace: true });
    return navigate({
      to: "/connect/new",
      search: { ...place, step: provider.methods.includes("oauth") ? "method" : "password" },
    });
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void goOn();
  };

  return (
    <>
      <StepBars lit={1} />
      <PageHead title={t("connect.provider.title")}>{t("connect.provider.text")}</PageHead>
      <Unfinished />
      <form onSubmit={onSubmit} noValidate className="mt-6 flex flex-col gap-6">
        <Field
          label={t("connect.provider.address")}
          hint={t("connect.provider.addressHint")}
          error={problem === null || problem === "needProvider" ? null : t(`connect.provider.${problem}`)}
        >
          <Input
            ref={focusAtOnce}
            name="address"
            type="email"
            inputMode="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={address}
            onChange={(event) => {
              setAddress(event.target.value);
              setChosen(null);
              setProblem(null);
            }}
            className="h-11"
          />
        </Field>
        {error !== null && data === undefined ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <fieldset>
            <legend className="mb-2 text-s font-medium text-ink-2">{t("connect.provider.tiles")}</legend>
            {isPending ? (
              <TileSkeletons />
            ) : (
              <Tiles
                providers={data?.items ?? []}
                picked={picked}
                onPick={(id) => {
                  setChosen(id);
                  setProblem(null);
                  if (id === "sandbox" && address === "") setAddress(sandboxAddress);
                }}
              />
            )}
            <p
              aria-live="polite"
              className={cx("mt-2 min-h-5 text-s", problem === "needProvider" ? "text-bad" : "text-ink-3")}
            >
              {problem === "needProvider"
                ? t("connect.provider.needProvider")
                : whole &&
                  picked === null &&
                  data !== undefined &&
                  !isPlaceholderData &&
                  t("connect.provider.own")}
            </p>
          </fieldset>
        )}
        <div className="flex justify-end">
          <Button type="submit" tone="primary" size="l" busy={looking} className="phone:w-full">
            {t("connect.next")}
          </Button>
        </div>
      </form>
    </>
  );
}

function Tiles({
  providers,
  picked,
  onPick,
}: {
  providers: readonly Provider[];
  picked: string | null;
  onPick: (id: string) => void;
}) {
  const { t } = useTexts();
  return (
    <div className="grid grid-cols-3 gap-2 phone:grid-cols-2">
      {providers.map((provider) => (
        <label
          key={provider.id}
          className={cx(
            "flex min-h-[60px] items-center gap-3 rounded-m border bg-sheet px-3 py-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
            picked === provider.id
              ? "border-accent bg-accent-soft! ring-1 ring-accent"
              : "border-line hover:border-edge hover:bg-raise",
            provider.sandbox && "col-span-full",
          )}
        >
          <input
            type="radio"
            name="provider"
            value={provider.id}
            checked={picked === provider.id}
            onChange={() => onPick(provider.id)}
            className="sr-only"
          />
          <ProviderMark id={provider.id} />
          <span className="min-w-0 flex-1 font-medium">
            <span className="block wrap-break-word">{provider.name}</span>
            {provider.sandbox && (
              <span className="block text-s font-normal text-ink-2">{t("connect.provider.sandboxHint")}</span>
            )}
          </span>
          {provider.sandbox && <Tag tone="warn">{t("app.sandbox")}</Tag>}
        </label>
      ))}
    </div>
  );
}

function TileSkeletons() {
  return (
    <div className="grid grid-cols-3 gap-2 phone:grid-cols-2" aria-hidden>
      {Array.from({ length: 9 }, (_, index) => (
        <Skeleton key={index} className="h-[60px] rounded-m!" />
      ))}
    </div>
  );
}
