/** A finding: one diagnosed problem of a connection, as data. Texts are in `catalogue.ts`, both languages side by side. */

export type Language = "en" | "zh";

/** One sentence or heading in each language; `{name}` is filled from the finding's parameters. */
export type Text = Record<Language, string>;

/**
 * What a button can do at once. `prove_alias`: prove that the address is another name of the account that signed in;
 * `open_shared`: open it as a shared mailbox with that account; `copy_admin_link`: copy the link for the administrator;
 * `use_graph`: read the mailbox through Microsoft Graph instead; `use_pop3`: through POP3, the last way.
 */
export const stepActions = [
  "sign_in_again",
  "test_again",
  "open_link",
  "choose_oauth",
  "prove_alias",
  "open_shared",
  "copy_admin_link",
  "use_graph",
  "use_pop3",
] as const;
export type StepAction = (typeof stepActions)[number];

export interface Step {
  text: Text;
  detail?: Text;
  link?: string;
  action?: StepAction;
  /** Offered only where the finding has this parameter. */
  when?: string;
  /** Offered only where it has not. */
  unless?: string;
}

export interface FindingKind {
  severity: "blocking" | "warning";
  who: "you" | "admin" | "operator" | "microsoft" | "time";
  title: Text;
  /** One sentence: what happened and why. */
  cause: Text;
  /** In place of title and cause where the mailbox may as well be too new to open (parameter `perhaps`): nothing told them apart. */
  orNew?: { title: Text; cause: Text };
  /** The shortest way out first. */
  steps: Step[];
  /** What we do meanwhile. */
  meanwhile: Text;
  /** Minutes until we look again by ourselves; null: never. */
  recheckMinutes: number | null;
  /** Where the answers show it: for `docs/findings.md`. */
  seen: string;
  /** Who says so: a standard, a vendor's page, or reports. */
  source: string;
  /** False: inferred, or told by one place alone. */
  verified: boolean;
  /** The findings that stay true when less is known, the narrowest first: this cause is one of theirs. None: `unknown` alone does. */
  broader: readonly string[];
}

/** A protocol line, secrets removed. */
export interface Evidence {
  /** RFC 3339. */
  at: string;
  step: string;
  line: string;
}

/** A finding of one mailbox or attempt, before it is put in words. */
export interface Finding {
  code: string;
  params: Record<string, string>;
  evidence: Evidence[];
}
