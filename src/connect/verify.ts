/** The live checklist: account · mailbox · reading · sending. Ends within 15 s in ticks or in one finding. */
import type { Clock } from "../core/clock.ts";
import { withDeadline } from "../core/deadline.ts";
import type { MailSender } from "../protocol/mail-sender.ts";
import type { MailSource, RemoteFolder } from "../protocol/mail-source.ts";
import type { Check } from "./attempt-state.ts";
import type { AccountKind } from "./doctor/observation.ts";
import { furtherProbes, type Further, type FurtherInput } from "./doctor/probes.ts";
import { slowLook } from "./doctor/slow-look.ts";
import { findingOf, type Failure, type ProbeStep } from "./findings/decide.ts";
import type { Finding } from "./findings/types.ts";

/** For everything together, milliseconds: what then still has to be stored and told must fit into 15 s, too. */
export const verifyDeadlineMs = 14_000;

export interface VerifyInput extends Omit<FurtherInput, "claims" | "method"> {
  clock: Clock;
  address: string;
  method: "oauth" | "password";
  imapHost: string;
  smtpHost: string;
  redirectUri?: string;
  kind?: AccountKind;
  /** The mailbox was never opened here: it may be too new to open. */
  neverOpened?: boolean;
  /** Who the token was given to and who opens the mailbox; left out for passwords. */
  claims?: { account: string; user: string };
  /** Throws account_mismatch; left out for passwords. */
  checkAccount?: () => void;
  openSource: () => MailSource;
  /** null: sending is not set up. */
  openSender: (() => MailSender) | null;
  /** Called at each tick, so that the page sees it. */
  onCheck: (checks: Check[]) => Promise<void> | void;
}

export interface VerifyResult {
  checks: Check[];
  finding: Finding | null;
  /** What the finding was made from. */
  error: unknown;
  /** The folders that were listed; empty when it did not come to that. */
  folders: RemoteFolder[];
}

/** Runs the checks; reading and sending at the same time. Never throws: what fails is the finding. */
export async function verifyConnection(input: VerifyInput): Promise<VerifyResult> {
  const list = new Checklist(input);
  const expires = input.clock.monotonic() + verifyDeadlineMs;
  const left = (): number => Math.max(500, expires - input.clock.monotonic());
  const account = await list.run("account", input.imapHost, async () => input.checkAccount?.());
  if (!account) return list.result();
  const source = input.openSource();
  const slow = slowLook(input.look);
  const watched = { ...input, ...(slow.look === undefined ? {} : { look: slow.look }) };
  try {
    const reading = async (): Promise<void> => {
      const read = await readMailbox(input, list, source, left, slow.signal).finally(() => slow.done());
      if (!read) await list.lookFurther(await furtherProbes(watched, list.readFailure(), left()));
    };
    await Promise.all([reading(), trySending(input, list, left)]);
  } finally {
    await withDeadline(2_000, "closing the test connection", () => source.close()).catch(() => undefined); // the answer is known
  }
  return list.result();
}

async function readMailbox(
  input: VerifyInput,
  list: Checklist,
  source: MailSource,
  left: () => number,
  givenUp: AbortSignal,
): Promise<boolean> {
  const opened = await list.run("mailbox", input.imapHost, () =>
    withDeadline(left(), `signing in at ${input.imapHost}`, (signal) => source.connect(signal), givenUp),
  );
  if (!opened) return false;
  return list.run("reading", input.imapHost, async () => {
    list.folders = await withDeadline(left(), `listing the folders at ${input.imapHost}`, () =>
      source.listFolders(),
    );
  });
}

async function trySending(input: VerifyInput, list: Checklist, left: () => number): Promise<void> {
  const open = input.openSender;
  if (open === null) return list.skip("sending");
  const sender = open();
  await list.run("sending", input.smtpHost, () =>
    withDeadline(left(), `signing in at ${input.smtpHost}`, (signal) => sender.verify(signal)),
  );
  await withDeadline(2_000, "closing the test connection", () => sender.close()).catch(() => undefined); // the answer is known
}

/** Keeps the ticks and the first failure, in the order of the steps. */
class Checklist {
  folders: RemoteFolder[] = [];
  readonly #input: VerifyInput;
  readonly #failures = new Map<ProbeStep, { failure: Failure; error: unknown }>();
  #checks: Check[] = (["account", "mailbox", "reading", "sending"] as const).map((step) => ({
    step,
    state: "waiting",
    ms: null,
  }));

  constructor(input: VerifyInput) {
    this.#input = input;
  }

  /** Runs one check; false when it failed. */
  async run(step: Check["step"], host: string, work: () => Promise<void>): Promise<boolean> {
    const { clock, address, method, redirectUri, kind, neverOpened = false } = this.#input;
    const began = clock.monotonic();
    await this.#set(step, "running", null);
    try {
      await work();
      await this.#set(step, "ok", Math.round(clock.monotonic() - began));
      return true;
    } catch (error) {
      const failure = {
        step,
        error,
        method,
        address,
        host,
        at: clock.now(),
        neverOpened,
        ...(redirectUri === undefined ? {} : { redirectUri }),
        ...(kind === undefined ? {} : { kind }),
      };
      this.#failures.set(step, { failure, error });
      await this.#set(step, "failed", Math.round(clock.monotonic() - began));
      return false;
    }
  }

  /** How reading failed, if it did. */
  readFailure(): Failure | null {
    return (this.#failures.get("mailbox") ?? this.#failures.get("reading"))?.failure ?? null;
  }

  /** What further probes saw belongs to how reading failed, unless the second try went well. */
  async lookFurther({ seen, folders }: Further): Promise<void> {
    const failure = this.readFailure();
    if (failure === null) return;
    if (folders === null) {
      failure.seen = seen;
      return;
    }
    this.folders = folders;
    for (const step of ["mailbox", "reading"] as const) {
      this.#failures.delete(step);
      await this.#set(step, "ok", this.#checks.find((check) => check.step === step)?.ms ?? null);
    }
  }

  async skip(step: Check["step"]): Promise<void> {
    await this.#set(step, "skipped", null);
  }

  result(): VerifyResult {
    const first = this.#checks.map(({ step }) => this.#failures.get(step)).find((one) => one !== undefined);
    return {
      checks: this.#checks,
      finding: first === undefined ? null : findingOf(first.failure),
      error: first?.error,
      folders: this.folders,
    };
  }

  async #set(step: Check["step"], state: Check["state"], ms: number | null): Promise<void> {
    this.#checks = this.#checks.map((check) => (check.step === step ? { step, state, ms } : check));
    await this.#input.onCheck(this.#checks);
  }
}
