/** The smaller parts: folders, turns, intents, waiting. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../core/clock.ts";
import type { RemoteFolder } from "../protocol/mail-source.ts";
import type { Intent } from "../store/intents.ts";
import { nextJob } from "./backfill.ts";
import { diffFolders, selectedByDefault, type KnownFolder } from "./folder-diff.ts";
import type { SyncFolder } from "./folder-rows.ts";
import { byImportance } from "./live-parts.ts";
import { planIntents, type StandingLocation } from "./intent-plan.ts";
import { asCatalogueError, waitFor } from "./mailbox-runner.ts";
import { createMutex } from "./mutex.ts";
import { progressOf } from "./progress.ts";
import { createWake } from "./wake.ts";

const remote = (path: string, role: RemoteFolder["role"] = null): RemoteFolder => ({
  path,
  name: path,
  delimiter: "/",
  parentPath: null,
  role,
  selectable: true,
  kind: "mail",
  messages: null,
});
const known = (path: string, role: string | null = null, epochKey: string | null = "1"): KnownFolder => ({
  id: path,
  path,
  name: path.split("/").at(-1)!,
  parentPath: null,
  role,
  holdsMail: true,
  selected: true,
  epochKey,
});
const asking = (
  sameContent: (folder: KnownFolder, other: RemoteFolder) => boolean,
  there: string[] = [],
) => ({
  stillThere: async (folder: KnownFolder) => there.includes(folder.path),
  sameContent: async (folder: KnownFolder, other: RemoteFolder) => sameContent(folder, other),
});

describe("folders", () => {
  test("followed by special use, then by content, else removed", async () => {
    const diff = await diffFolders(
      [known("Sent Items", "sent"), known("Old"), known("Lost"), known("INBOX", "inbox")],
      [remote("INBOX", "inbox"), remote("Gesendet", "sent"), remote("New"), remote("Fresh")],
      asking((folder, other) => folder.path === "Old" && other.path === "New"),
    );
    expect(diff.renamed.map((pair) => [pair.known.path, pair.remote.path])).toEqual([
      ["Sent Items", "Gesendet"],
      ["Old", "New"],
    ]);
    expect(diff.added.map((folder) => folder.path)).toEqual(["Fresh"]);
    expect(diff.removed.map((folder) => folder.path)).toEqual(["Lost"]);
  });

  test("one that the listing left out, and that answers, is left as it is", async () => {
    const diff = await diffFolders(
      [known("INBOX"), known("Left out")],
      [remote("INBOX"), remote("New")],
      asking(() => true, ["Left out"]),
    );
    expect([diff.removed, diff.renamed, diff.added.map((folder) => folder.path)]).toEqual([[], [], ["New"]]);
  });

  test("of many that a renamed parent takes along, each is asked for under its own name first", async () => {
    const names = Array.from({ length: 20 }, (_, n) => `n${n}`);
    let asked = 0;
    const diff = await diffFolders(
      names.map((name) => known(`Old/${name}`)),
      names.toReversed().map((name) => ({ ...remote(`New/${name}`), name, parentPath: "New" })),
      asking((folder, other) => (asked++, folder.name === other.name)),
    );
    expect(diff.renamed.every((pair) => pair.known.name === pair.remote.name)).toBe(true);
    expect([diff.renamed.length, asked]).toEqual([20, 20]);
  });

  test("Inbox and Sent are proposed; later folders follow the user's word, junk never", () => {
    expect(selectedByDefault(remote("INBOX", "inbox"), true, true)).toBe(true);
    expect(selectedByDefault(remote("Work"), true, true)).toBe(false);
    expect(selectedByDefault(remote("Work"), false, true)).toBe(true);
    expect(selectedByDefault(remote("Work"), false, false)).toBe(false);
    expect(selectedByDefault(remote("Junk", "junk"), false, true)).toBe(false);
  });
});

const standing = (path: string, role: string | null, failures = 0): SyncFolder =>
  ({ path, role, failures }) as SyncFolder;
const inOrder = (folders: SyncFolder[]) => folders.toSorted(byImportance).map(({ path }) => path);

test("watched first is the Inbox; a folder that fails never is, while there is another", () => {
  const [inbox, sent, work] = [standing("INBOX", "inbox"), standing("Sent", "sent"), standing("Work", null)];
  expect(inOrder([work, sent, inbox])).toEqual(["INBOX", "Sent", "Work"]);
  expect(inOrder([standing("A phantom", null, 4), work])).toEqual(["Work", "A phantom"]);
  expect(inOrder([{ ...inbox, failures: 1 }, work])).toEqual(["Work", "INBOX"]);
});

test("turns: Inbox first and most often, nobody left out, none twice at a time", () => {
  const jobs = ["archive", "inbox", "sent", null].map((role) => ({
    folder: { role } as SyncFolder,
    turns: 0,
    busy: false,
  }));
  const order: (string | null)[] = [];
  for (let n = 0; n < 14; n++) {
    const job = nextJob(jobs)!;
    order.push(job.folder.role);
    job.turns++;
  }
  expect(order.slice(0, 4)).toEqual(["inbox", "sent", "archive", null]);
  expect(order.filter((role) => role === "inbox")).toHaveLength(6);
  for (const job of jobs) job.busy = true;
  expect(nextJob(jobs)).toBeUndefined();
});

const intent = (id: string, messageId: string, kind: Intent["kind"], params = {}): Intent => ({
  id,
  kind,
  messageId,
  params,
  attempts: 0,
  createdAtMs: 0,
});
const stands = (
  messageId: string,
  folder: string,
  key: string,
  role: string | null = null,
): StandingLocation => ({
  messageId,
  folderId: folder,
  folderPath: folder,
  folderRole: role,
  epoch: 0,
  epochKey: "1",
  key,
});

describe("planIntents", () => {
  test("one command for many messages of a folder; order kept a message", () => {
    const flag = { add: ["\\Flagged"] };
    const plan = planIntents(
      [
        intent("1", "a", "flags", flag),
        intent("2", "b", "flags", flag),
        intent("3", "a", "flags", { remove: ["\\Flagged"] }),
      ],
      [stands("a", "INBOX", "1"), stands("b", "INBOX", "2")],
      [],
    );
    expect(plan.commands.map((command) => command.request.keys)).toEqual([["1", "2"]]);
  });

  test("a move leaves the copy in Sent, needs its target, and is done where the message stands there", () => {
    const folders = [{ id: "Work", path: "Work", role: null }];
    const move = { targetFolderId: "Work" };
    const plan = planIntents(
      [
        intent("1", "a", "move", move),
        intent("2", "b", "move", move),
        intent("3", "c", "move", { targetFolderId: "?" }),
        intent("4", "d", "delete"),
      ],
      [
        stands("a", "INBOX", "1"),
        stands("a", "Sent", "9", "sent"),
        stands("b", "Work", "2"),
        stands("d", "INBOX", "4"),
      ],
      folders,
    );
    expect(plan.commands.map((command) => command.request)).toMatchObject([
      { kind: "move", folderPath: "INBOX", keys: ["1"], targetPath: "Work" },
    ]);
    expect(plan.already.map((entry) => entry.id)).toEqual(["2"]);
    expect(plan.impossible.map((entry) => entry.intent.id)).toEqual(["3", "4"]);
  });
});

test("progress: rate and time left", () => {
  expect(progressOf(100, 50, 50, 10_000)).toEqual({ total: 100, done: 50, perSecond: 5, secondsLeft: 10 });
  expect(progressOf(100, 0, 0, 0).secondsLeft).toBeNull();
  expect(progressOf(10, 12, 12, 1_000)).toMatchObject({ total: 12, secondsLeft: 0 });
});

test("waiting: the doctor's time, else backoff, else until somebody acts", () => {
  expect(waitFor({ state: "needs_attention", retryAtMs: 90_000 }, 5, 30_000)).toBe(60_000);
  expect(waitFor({ state: "backing_off" }, 5, 0)).toBe(5);
  expect(waitFor({ state: "needs_attention" }, 5, 0)).toBeNull();
});

test("the mutex runs one at a time, and a failure does not stop the next", async () => {
  const mutex = createMutex();
  const seen: string[] = [];
  const slow = mutex.run(async () => {
    await Promise.resolve();
    seen.push("first");
    throw new Error("no");
  });
  const next = mutex.run(async () => seen.push("second"));
  await expect(slow).rejects.toThrow("no");
  await next;
  expect(seen).toEqual(["first", "second"]);
});

test("a wake told while nobody waits is not lost", async () => {
  const never: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
  };
  const wake = createWake(never);
  const { signal } = new AbortController();
  wake.notify();
  await wake.wait(1_000, signal);
  const waiting = wake.wait(1_000, signal);
  wake.notify();
  await waiting;
  const stop = new AbortController();
  const aborted = wake.wait(1_000, stop.signal);
  stop.abort(new Error("stopped"));
  await expect(aborted).rejects.toThrow("stopped");
});

test("a database that ends our connection is an outage, not an unexpected failure of the mailbox", () => {
  const ended = Object.assign(new Error("terminating connection due to administrator command"), {
    code: "57P01",
  });
  expect(asCatalogueError(ended).code).toBe("database_unavailable");
  expect(asCatalogueError(new Error("Connection terminated unexpectedly")).code).toBe("database_unavailable");
  expect(asCatalogueError(new TypeError("x is undefined")).code).toBe("internal");
});
