import { expect, test } from "vitest";
import type { Draft } from "../api/gen/model/index.ts";
import { forgetKeptDrafts, KeptDrafts, type DraftStorage } from "./kept-drafts.ts";

function memory(): DraftStorage {
  const entries = new Map<string, string>();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
    key: (index) => [...entries.keys()][index] ?? null,
    get length() {
      return entries.size;
    },
  };
}

const draft = (html: string): Draft => ({ html, to: [], cc: [], bcc: [], uploads: [], all: false });

test("kept by person and conversation, and gone once it is saved", () => {
  const storage = memory();
  const jo = new KeptDrafts(storage, "jo");
  jo.keep("c1", draft("<p>Hi</p>"));
  expect(jo.read("c1")?.html).toBe("<p>Hi</p>");
  expect(jo.read("c2")).toBe(null);
  expect(new KeptDrafts(storage, "tom").read("c1")).toBe(null);
  expect(jo.conversations()).toEqual(["c1"]);
  jo.drop("c1", draft("<p>H</p>")); // saved, but written on since
  expect(jo.read("c1")?.html).toBe("<p>Hi</p>");
  jo.drop("c1", draft("<p>Hi</p>"));
  expect(jo.read("c1")).toBe(null);
});

test("signing out forgets everybody's, and nothing else", () => {
  const storage = memory();
  new KeptDrafts(storage, "jo").keep("c1", draft("a"));
  new KeptDrafts(storage, "tom").keep("c2", draft("b"));
  storage.setItem("hitchpost.theme", "dark");
  forgetKeptDrafts(storage);
  expect(storage.length).toBe(1);
});

test("a storage that is full, broken or forbidden is as good as an empty one", () => {
  const storage = memory();
  storage.setItem("hitchpost.draft.jo.c1", '{"html":1}');
  storage.setItem("hitchpost.draft.jo.c2", "{");
  const jo = new KeptDrafts(storage, "jo");
  expect([jo.read("c1"), jo.read("c2")]).toEqual([null, null]);
  const full: DraftStorage = {
    ...memory(),
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  };
  expect(() => new KeptDrafts(full, "jo").keep("c1", draft("a"))).not.toThrow();
  expect(new KeptDrafts(null, "jo").read("c1")).toBe(null);
});
