/** Fills the form of “Other (IMAP)” by itself: what is found for the address goes in while nothing was changed by hand. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { FoundSettings, Mailbox, Provider } from "../api/gen/model/index.ts";
import { firstDraft, withFound, type PasswordDraft } from "./password-form.ts";
import { settingsQuery } from "./queries.ts";

interface Asking {
  address: string;
  provider: Provider;
  /** Given: it is reconnected, and keeps its servers. */
  mailbox: Mailbox | null;
  draft: PasswordDraft;
  onFound: (draft: PasswordDraft) => void;
}

export interface AskedSettings {
  domain: string;
  looking: boolean;
  found: FoundSettings | null;
}

export function useFoundSettings({ address, provider, mailbox, draft, onFound }: Asking): AskedSettings {
  const wanted = provider.id === "other" && mailbox === null && address.includes("@");
  const { data, isFetching } = useQuery({ ...settingsQuery(address.toLowerCase()), enabled: wanted });
  const filled = useRef(false);
  useEffect(() => {
    if (data === undefined || filled.current) return;
    filled.current = true; // once: what is changed afterwards is the person's own
    onFound(withFound(draft, firstDraft(provider, address, mailbox), data));
  }, [address, data, draft, mailbox, onFound, provider]);
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return { domain, looking: wanted && isFetching, found: wanted ? (data ?? null) : null };
}
