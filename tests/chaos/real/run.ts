/**
 * One run with real processes: a fresh mailbox at Dovecot, connected by the API; another program and people work on it while
 * its lines break and processes are killed. At the end server, database and model are held against each other.
 *
 *   prepare → turmoil (work, faults, calamities) → [all runs side by side are through] → settle (compare until equal)
 */
import type { Pool } from "pg";
import { startRelay } from "../../support/relay.ts";
import { compare, type Outcome } from "../compare.ts";
import { createMailMaker, mailboxAddress, markIn } from "../mails.ts";
import { Model } from "../model.ts";
import { seededRandom, type Random } from "../random.ts";
import { readDatabase } from "../read-database.ts";
import { callDown, calamityKinds, type CalamityKind } from "./calamities.ts";
import { createOutlookManners } from "./outlook-manners.ts";
import { clear, lineFaults, strike, type Lines } from "./line-faults.ts";
import type { Machines } from "./machines.ts";
import { mailboxOperations, standing, workOnMailbox, type MailboxWork } from "./mailbox-work.ts";
import { openOtherProgram } from "./other-program.ts";
import { patientCaller, patiently } from "./patient.ts";
import { makeWish, wishes, type People } from "./people.ts";
import { followToTheEnd } from "./outbox-end.ts";

export interface RunOptions {
  seed: number;
  /** How long people and the other program work, milliseconds. */
  turmoilMs: number;
  /** Sent copies come up to 90 s late, and two minutes are two minutes. */
  slow: boolean;
}

export interface RunReport {
  seed: number;
  /** Plain sentences; empty when all is well. */
  differences: string[];
  /** What was done, by kind. */
  operations: Record<string, number>;
  faults: Record<string, number>;
  repliesLeft: number;
  newMails: number;
  /** What was done, in order, by milliseconds since the mailbox was made. */
  story: string[];
  /** From the end of the turmoil until everything agreed, milliseconds. */
  inStepAfterMs: number;
}

export interface Run {
  turmoil(): Promise<void>;
  settle(): Promise<RunReport>;
  close(): Promise<void>;
}

const password = "secret";
const dayMs = 86_400_000;
const wait = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** Makes the mailbox and connects it. */
export async function prepareRun(machines: Machines, options: RunOptions): Promise<Run> {
  const random = seededRandom(`real ${options.seed}`);
  const user = `run${options.seed}`;
  await machines.dovecot.addUser(user, password);
  const lines = await layLines(machines, user);
  const story: string[] = [];
  const work = beginWork(machines, random, options.seed, user, story);
  await machines.mailGate.pass(() => fill(work, random));
  openSubmission(machines, work, random.fork("submission"), { user, slow: options.slow });
  const { workspaceId, apiKey } = await machines.openWorkspace(user);
  work.noteTold = () => noteTold(machines.pool, workspaceId, work.model);
  const call = patientCaller(machines.url, apiKey);
  const { id: mailboxId } = await call<{ id: string }>("POST", "/v1/mailboxes", {
    address: mailboxAddress,
    username: user,
    password,
    imap: { host: "127.0.0.1", port: lines.imap.port, security: "none" },
    smtp: { host: "127.0.0.1", port: lines.smtp.port, security: "none" },
    folders: [...work.model.synced],
    history: "all",
  });
  const state: RunState = {
    machines,
    options,
    random,
    lines,
    work,
    people: {
      ...work,
      random: random.fork("people"),
      call,
      mailboxId,
      replyId: (mark) => readReplyId(machines, workspaceId, mark),
      prefix: prefixOf(options.seed),
    },
    workspaceId,
    story,
    tally: { operations: {}, faults: {} },
  };
  // Of four runs, one breaks things while the import is under way.
  const until = performance.now() + (random.chance(0.75) ? 30_000 : 0);
  while (performance.now() < until && !(await isLive(state.people))) await wait(500);
  return {
    turmoil: () => turmoil(state),
    settle: () => settle(state),
    async close() {
      await patiently(() => call("DELETE", `/v1/mailboxes/${mailboxId}?data=erase`));
      await work.program.close();
      await Promise.all([lines.imap.stop(), lines.smtp.stop()]);
    },
  };
}

/** Keeps what parallel runs write apart. */
const prefixOf = (seed: number): string => `s${seed}x`;

async function layLines({ dovecot, submission }: Machines, user: string): Promise<Lines> {
  const manners = createOutlookManners();
  return {
    imap: await startRelay(dovecot.port, { tap: () => manners.tap() }),
    smtp: await startRelay(submission.port),
    manners,
    submission,
    user,
  };
}

function beginWork(
  { dovecot }: Machines,
  random: Random,
  seed: number,
  user: string,
  story: string[],
): MailboxWork {
  const began = performance.now();
  return {
    random: random.fork("work"),
    model: new Model(),
    mails: createMailMaker(random.fork("mails"), prefixOf(seed)),
    program: openOtherProgram(dovecot, user, password),
    busy: new Set(),
    note: (what) => void story.push(`${Math.round(performance.now() - began)}: ${what}`),
    noteTold: async () => undefined, // nothing is told before it is connected
  };
}

async function readReplyId({ pool }: Machines, workspaceId: string, mark: string): Promise<string> {
  const { rows } = await patiently(() =>
    pool.query<{ id: string }>("SELECT id FROM outbox WHERE workspace_id = $1 AND starts_with(text, $2)", [
      workspaceId,
      `${mark}\n`,
    ]),
  );
  if (rows.length !== 1) throw new Error(`${rows.length} rows of the outbox are ${mark}`);
  return rows[0]!.id;
}

const isLive = async ({ call, mailboxId }: People): Promise<boolean> =>
  (await call<{ state: string }>("GET", `/v1/mailboxes/${mailboxId}`)).state === "live";

interface RunState {
  machines: Machines;
  options: RunOptions;
  random: Random;
  lines: Lines;
  work: MailboxWork;
  people: People;
  workspaceId: string;
  story: string[];
  tally: { operations: Record<string, number>; faults: Record<string, number> };
}

/** Mail of before. */
async function fill({ model, mails, program }: MailboxWork, random: Random): Promise<void> {
  for (const folder of await program.folders()) model.synced.add(folder);
  for (const folder of [...standing, "Projects"]) {
    if (!model.synced.has(folder)) await program.createFolder(folder);
    model.synced.add(folder);
  }
  const old = random.fork("old mail");
  for (let n = old.int(3, 25); n > 0; n--) {
    const atMs = Date.now() - old.int(1, 500) * dayMs;
    const mail = mails.make(atMs);
    const folder = old.pick(["INBOX", "INBOX", "Archive", "Projects"]);
    const flags = old.chance(0.5) ? ["\\Seen"] : [];
    await program.append(folder, mail.raw, { flags, atMs });
    model.appended(mail, folder, { flags, news: "no" });
  }
}

function openSubmission(
  { submission, dovecot }: Machines,
  { model, mails, note }: MailboxWork,
  random: Random,
  { user, slow }: { user: string; slow: boolean },
): void {
  const files = random.chance(0.85);
  const filed = (raw: string): void => {
    const mark = markIn(raw);
    if (mark !== null) model.copyFiled(mark, "Sent");
  };
  submission.open(user, {
    renames: random.chance(0.75),
    tellsId: random.chance(0.5),
    files,
    lateMs: () => (random.chance(0.5) ? random.int(0, 300) : random.int(300, slow ? 90_000 : 6_000)),
    async file(raw) {
      note(`the server files ${markIn(raw)} in Sent`);
      await dovecot.deliver(user, "Sent", raw, "S");
      filed(raw);
    },
    left(raw) {
      note(`${markIn(raw)} has left`);
      if (!files) filed(raw); // by the product
      const header = (name: string) => new RegExp(`^${name}: *(.+)$`, "im").exec(raw)?.[1]?.trim();
      mails.learn(header("Message-ID") ?? "", header("Subject") ?? "");
    },
  });
}

/** What was told as new already stays so, whatever happens to it later. */
async function noteTold(pool: Pool, workspaceId: string, model: Model): Promise<void> {
  const { rows } = await patiently(() =>
    pool.query<{ text: string }>(`SELECT snippet AS text FROM messages WHERE workspace_id = $1 AND is_new`, [
      workspaceId,
    ]),
  );
  for (const { text } of rows) model.told.add(markIn(text) ?? "");
}

const count = (tally: Record<string, number>, what: string): void =>
  void (tally[what] = (tally[what] ?? 0) + 1);

/** People and the other program work side by side, until the last fault is over. */
async function turmoil(state: RunState): Promise<void> {
  const until = performance.now() + state.options.turmoilMs;
  let breaking = true;
  const goesOn = (): boolean => breaking || performance.now() < until;
  const faults = breakThings(state).finally(() => (breaking = false));
  await Promise.all([faults, otherProgramWorks(state, goesOn), peopleWork(state, goesOn)]);
}

async function otherProgramWorks({ machines, work, tally }: RunState, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const operation = work.random.weighted(mailboxOperations);
    await machines.mailGate.pass(() => workOnMailbox(work, operation));
    count(tally.operations, operation);
    await wait(work.random.int(50, 700));
  }
}

async function peopleWork(state: RunState, goesOn: () => boolean): Promise<void> {
  const { people, tally } = state;
  while (goesOn()) {
    const wish = people.random.weighted(wishes);
    if (await makeWish(people, wish)) count(tally.operations, `${wish} here`);
    await wait(people.random.int(100, 1_200));
  }
}

/** Line faults spread over the turmoil; of every two runs one brings a calamity over all. */
async function breakThings({
  machines,
  random,
  lines,
  options,
  work,
  people,
  tally,
}: RunState): Promise<void> {
  const chance = random.fork("faults");
  const plan = Array.from({ length: chance.int(2, 6) }, () => ({
    atMs: chance.int(0, options.turmoilMs),
    fault: chance.weighted(lineFaults),
    random: chance.fork(`fault ${chance.int(0, 1e9)}`),
  }));
  const kind: CalamityKind | null = chance.chance(0.6) ? chance.pick(calamityKinds) : null;
  const calamityAtMs = chance.int(0, options.turmoilMs * 0.8);
  const calamity = async (): Promise<void> => {
    await wait(calamityAtMs);
    if (kind === null) return;
    const renumbered = chance.pick(["INBOX", "INBOX", "Archive"]);
    work.note(kind);
    await callDown(machines, kind, { mailboxId: people.mailboxId, user: lines.user, renumbered }, chance);
    work.note(`${kind}: over`);
    count(tally.faults, kind);
  };
  await Promise.all([
    calamity(),
    ...plan.map(async ({ atMs, fault, random: own }) => {
      await wait(atMs);
      work.note(fault);
      await strike(lines, fault, own);
      count(tally.faults, fault);
    }),
  ]);
}

/** How long the product may take to be in step when nothing breaks any more. */
const settleMs = 240_000;
const slowSettleMs = 420_000;
/** A mailbox that agrees is looked at once more after so long: nothing may change any more. */
const againMs = 1_500;

async function settle(state: RunState): Promise<RunReport> {
  const { machines, lines, options, work, tally } = state;
  clear(lines);
  lines.imap.cut(); // a new session lists the folders at once, not at its next five minutes
  const began = performance.now();
  const until = began + (options.slow ? slowSettleMs : settleMs);
  let differences: string[];
  let agreed = false;
  let inStepAfterMs = 0;
  for (;;) {
    await followToTheEnd(state);
    const outcome = await readOutcome(state);
    differences = compare(outcome);
    if (differences.length === 0 && agreed) break;
    agreed = differences.length === 0;
    inStepAfterMs = Math.round(performance.now() - began);
    if (performance.now() > until) break;
    await wait(agreed ? againMs : 500);
  }
  const told = await readDatabase(machines.pool, state.workspaceId);
  if (differences.length > 0) state.story.push(JSON.stringify(await everything(state), null, 1));
  return {
    seed: options.seed,
    differences,
    ...tally,
    story: state.story,
    repliesLeft: work.model.replies.filter(({ mark }) => hasLeft(state, mark)).length,
    newMails: told.events.filter(({ type }) => type === "message.created").length,
    inStepAfterMs,
  };
}

/** For the story of a failure: who owned the mailbox and in what state, and all rows. */
async function everything({ machines, workspaceId }: RunState): Promise<object> {
  const { rows: mailboxes } = await machines.pool.query(
    "SELECT state, state_since, state_detail, owner, fence, throttled_until, in_step_at FROM mailboxes WHERE workspace_id = $1",
    [workspaceId],
  );
  const { rows: processes } = await machines.pool.query(
    "SELECT id, kind, pid, heartbeat_at, now() FROM processes ORDER BY heartbeat_at DESC LIMIT 10",
  );
  const { rows: folders } = await machines.pool.query(
    `SELECT path, epoch_key, selected, tail_done_at, boundary_at, checked_at, proved_at, backoff_until, failures, problem
     FROM folders WHERE workspace_id = $1 AND removed_at IS NULL ORDER BY path`,
    [workspaceId],
  );
  return { mailboxes, processes, folders, ...(await readDatabase(machines.pool, workspaceId)) };
}

const hasLeft = ({ machines, lines }: RunState, mark: string): boolean =>
  machines.submission.left(lines.user).some(({ raw }) => markIn(raw) === mark);

async function readOutcome({ machines, lines, work, workspaceId }: RunState): Promise<Outcome> {
  const server = await machines.mailGate.pass(() => work.program.read());
  const database = await patiently(() => readDatabase(machines.pool, workspaceId));
  const delivered = machines.submission
    .left(lines.user)
    .map(({ raw, to }) => ({ mark: markIn(raw) ?? "", to }));
  return { model: work.model, server, database, delivered };
}
