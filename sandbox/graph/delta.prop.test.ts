/** Whatever changes between and during delta rounds, a client that follows them ends with what is there. */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mail, startTestGraph } from "./test-graph.ts";
import type { Json, TestGraph } from "./test-graph.ts";

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(async () => graph.stop());

type Step = { kind: "add" | "read" | "flag" | "leave" | "return" | "delete" | "page"; which: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("add", "add", "read", "flag", "leave", "return", "delete", "page", "page"),
  which: fc.nat(20),
});

const headersFor = (size: number, immutable: boolean): Record<string, string> => ({
  prefer: `odata.maxpagesize=${size}${immutable ? ', IdType="ImmutableId"' : ""}`,
});

/** A client of one folder: what it knows, by id. */
class Follower {
  readonly known = new Map<string, Json>();
  next = "/me/mailFolders/inbox/messages/delta?$select=subject,isRead,flag";
  rounds = 0;
  readonly #headers: Record<string, string>;

  constructor(size: number, immutable: boolean) {
    this.#headers = headersFor(size, immutable);
  }

  async page(): Promise<void> {
    const { status, json } = await graph.ask(this.next, { headers: this.#headers });
    expect(status).toBe(200);
    for (const entry of json["value"] as Json[]) {
      const id = String(entry["id"]);
      if ("@removed" in entry) this.known.delete(id);
      else this.known.set(id, { ...this.known.get(id), ...entry });
    }
    if (typeof json["@odata.deltaLink"] === "string") this.rounds++;
    this.next = String(json["@odata.nextLink"] ?? json["@odata.deltaLink"]);
  }

  async round(): Promise<void> {
    const before = this.rounds;
    while (this.rounds === before) await this.page();
  }
}

const shown = (messages: Iterable<Json>): string[] =>
  [...messages].map(({ id, subject, isRead, flag }) => JSON.stringify([id, subject, isRead, flag])).sort();

function change({ kind, which }: Step, count: number): void {
  const { store, mailboxId } = graph;
  const inbox = store.folders.byRole(mailboxId, "inbox").id;
  const archive = store.folders.byRole(mailboxId, "archive").id;
  const pick = (folder: number): number | undefined => {
    const uids = store.messages.uids(folder);
    return uids[which % Math.max(1, uids.length)];
  };
  const uid = pick(kind === "return" ? archive : inbox);
  if (kind === "add") graph.put(mail(`m${count}`));
  if (uid === undefined) return;
  if (kind === "read") store.messages.setFlags(inbox, uid, ["\\Seen"]);
  else if (kind === "flag") store.messages.setFlags(inbox, uid, ["\\Flagged"]);
  else if (kind === "leave") store.messages.move(inbox, uid, archive);
  else if (kind === "return") store.messages.move(archive, uid, inbox);
  else if (kind === "delete") store.messages.expunge(inbox, uid);
}

function empty(): void {
  const { store, mailboxId } = graph;
  for (const role of ["inbox", "archive"] as const) {
    const folder = store.folders.byRole(mailboxId, role).id;
    for (const uid of store.messages.uids(folder)) store.messages.expunge(folder, uid);
  }
}

/** Back under another id between two rounds: the old one was never told as removed. */
const leftAndBack: Step[] = (["add", "page", "leave", "return"] as const).map((kind) => ({ kind, which: 0 }));

test("any interleaving of changes and pages ends with the same set", { timeout: 60_000 }, async () => {
  const runs = fc.tuple(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 3 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(runs, async ([steps, size, immutable]) => {
      empty();
      graph.context.traffic.reset(graph.mailboxId);
      graph.context.limits.reset(graph.mailboxId);
      const follower = new Follower(size, immutable);
      for (const [count, one] of steps.entries()) {
        if (one.kind === "page") await follower.page();
        else change(one, count);
      }
      await follower.round();
      await follower.round();
      const there = await graph.all(
        "/me/mailFolders/inbox/messages?$select=subject,isRead,flag&$top=100",
        headersFor(9, immutable),
      );
      expect(shown(follower.known.values())).toEqual(shown(there));
      const quiet = await graph.ask(follower.next, { headers: headersFor(size, immutable) });
      expect(quiet.json["value"]).toEqual([]);
    }),
    { numRuns: 40, examples: [[[leftAndBack, 1, false]]] },
  );
});
