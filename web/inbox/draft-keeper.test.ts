import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Draft, SavedDraft } from "../api/gen/model/index.ts";
import { DraftKeeper } from "./draft-keeper.ts";

const draft = (html: string): Draft => ({ html, to: [], cc: [], bcc: [], uploads: [], all: false });

function rig() {
  const kept = new Map<string, Draft>();
  const server = { draft: null as Draft | null, answers: true };
  const states: string[] = [];
  const answer = () => (server.answers ? Promise.resolve() : Promise.reject(new Error("no answer")));
  const keeper = new DraftKeeper({
    conversationId: "c1",
    kept: {
      keep: (id, one) => void kept.set(id, one),
      drop: (id, saved) => void ((saved === undefined || kept.get(id) === saved) && kept.delete(id)),
    },
    save: async (one): Promise<SavedDraft> => {
      await answer();
      server.draft = one;
      return { draft: one, updatedAt: "2026-01-01T00:00:00Z" };
    },
    discard: async () => {
      await answer();
      server.draft = null;
    },
    onSaved: () => undefined,
    onState: (state) => void states.push(state),
  });
  return { kept, server, states, keeper };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("in the browser at once, on the server after a pause, then in the browser no more", async () => {
  const { kept, server, keeper } = rig();
  keeper.note(draft("a"));
  keeper.note(draft("ab"));
  expect(kept.get("c1")?.html).toBe("ab");
  expect(server.draft).toBe(null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.draft?.html).toBe("ab");
  expect(kept.size).toBe(0);
});

test("what the server did not take stays in the browser and is tried again by itself", async () => {
  const { kept, server, states, keeper } = rig();
  server.answers = false;
  keeper.note(draft("a"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states.at(-1)).toBe("failed");
  expect(kept.get("c1")?.html).toBe("a");
  server.answers = true;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(server.draft?.html).toBe("a");
  expect(states.at(-1)).toBe("saved");
  expect(kept.size).toBe(0);
});

test("left while the server is away: one try, and it stands in the browser", async () => {
  const { kept, server, keeper } = rig();
  server.answers = false;
  keeper.note(draft("a"));
  keeper.leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(kept.get("c1")?.html).toBe("a");
  expect(vi.getTimerCount()).toBe(0);
});

test("sending waits for a save under way; once it is sent, nothing is saved any more", async () => {
  const { kept, server, keeper } = rig();
  keeper.note(draft("a"));
  keeper.flush();
  keeper.note(draft("ab"));
  await keeper.forget();
  expect(server.draft?.html).toBe("a");
  expect(kept.get("c1")?.html).toBe("ab"); // until the server has taken the reply
  keeper.note(draft("abc"));
  keeper.sent();
  keeper.leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.draft?.html).toBe("a");
  expect(kept.size).toBe(0);
});

test("emptied or discarded, it goes everywhere", async () => {
  const { kept, server, keeper } = rig();
  keeper.note(draft("a"));
  await vi.advanceTimersByTimeAsync(1_000);
  keeper.note(null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.draft).toBe(null);
  keeper.note(draft("b"));
  await keeper.discard();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.draft).toBe(null);
  expect(kept.size).toBe(0);
});
