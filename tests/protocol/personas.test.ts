/** Every persona of the sandbox through the real wizard: what it says, and how long that takes. Prints the table. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { personas } from "../../sandbox/personas.ts";
import { createClient } from "../../src/app/cli/client.ts";
import { examine } from "../../src/app/cli/doctor.ts";
import { readConfig } from "../../src/app/config.ts";
import { findingKind } from "../../src/connect/findings/catalogue.ts";
import { dumpDatabase, startConnect, type ConnectRig } from "../support/connect.ts";
import { applicationCases, personaCases, type PersonaCase } from "../support/persona-findings.ts";
import { drive, withApplication, type Said } from "../support/persona-run.ts";

const withinMs = 15_000;

const schemaText = readFileSync(new URL("../../docs/doctor.schema.json", import.meta.url), "utf8");
const doctorSchema = z.fromJSONSchema(JSON.parse(schemaText) as Parameters<typeof z.fromJSONSchema>[0]);

/** So many people at once: most of their time is waiting. */
const atOnce = 6;

let rig: ConnectRig;
beforeAll(async () => {
  rig = await startConnect({ allowPrivateHosts: true });
});
afterAll(() => rig.close());

interface Row {
  who: string;
  way: string;
  expected: string;
  said: Said;
}

async function inTurns<T>(jobs: (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const left = jobs.entries();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [index, job] of left) results[index] = await job();
    }),
  );
  return results;
}

/** A consent to Graph is kept by the account: who has none must have been driven before. */
const isUnconsented = ({ way }: PersonaCase): boolean => way !== "graph-consented";

const rowOf = async (one: PersonaCase): Promise<Row> => ({
  who: one.id,
  way: one.way,
  expected: one.finding,
  said: await drive(rig, one).catch(broken),
});

/** The person was left without an answer: told with the rest. */
const broken = (error: unknown): Said => ({ code: String(error), title: "", evidence: [], ms: Infinity });

const markdown = (rows: Row[]): string =>
  [
    "| persona | way | finding | the wizard says | ms |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ who, way, said }) => `| ${who} | ${way} | ${said.code} | ${said.title} | ${Math.round(said.ms)} |`,
    ),
  ].join("\n");

describe("each persona", () => {
  let rows: Row[];
  beforeAll(async () => {
    const people = personaCases.filter(isUnconsented).map((one) => () => rowOf(one));
    const apps = applicationCases.map((one) => async (): Promise<Row> => {
      const said = await withApplication(rig, one).catch(broken);
      return { who: `application ${one.app}`, way: "sign-in", expected: one.finding, said };
    });
    const consented = personaCases.filter((one) => !isUnconsented(one)).map((one) => () => rowOf(one));
    rows = [...(await inTurns([...people, ...apps])), ...(await inTurns(consented))];
    console.log(markdown(rows));
  }, 120_000);

  test("gets the finding that is its cause, and none is unknown but the invented", () => {
    const wrong = rows.filter(({ said, expected }) => said.code !== expected);
    expect(
      wrong.map(({ who, way, expected, said }) => `${who} by ${way}: ${said.code}, not ${expected}`),
    ).toEqual([]);
    const unknown = rows.filter(({ said }) => said.code === "unknown");
    expect(unknown.map(({ who }) => who)).toEqual(["invented-kind"]);
  });

  test("gets it within 15 s, with what was seen", () => {
    for (const { who, said, expected } of rows) {
      expect(said.ms, who).toBeLessThan(withinMs);
      if (expected === "connected" || expected.startsWith("AADSTS")) continue;
      expect(said.evidence.length, who).toBeGreaterThan(0);
      expect(said.title, who).not.toBe("");
    }
  });

  test("an error of an invented kind names three things to try", () => {
    const { said } = rows.find(({ who }) => who === "invented-kind")!;
    expect(said.evidence.join()).toContain("quota_of_moons_exceeded");
    expect(findingKind(said.code).steps.length).toBe(3);
  });

  test("`hitchpost doctor` looks at each by the schema of docs, and ends with 1 where it finds something", async () => {
    const client = createClient(
      readConfig({ HITCHPOST_URL: rig.url, HITCHPOST_API_KEY: rig.team.keys.owner }),
    );
    const told = await inTurns(
      personas.map(
        ({ address }) =>
          () =>
            examine(client, address),
      ),
    );
    expect(told.filter((one) => !doctorSchema.safeParse(one).success)).toEqual([]);
    expect(told.filter((one) => one.healthy !== (one.finding === null))).toEqual([]);
    const found = told.flatMap(({ address, finding }) => (finding === null ? [] : [[address, finding.code]]));
    expect(found.filter(([, code]) => code === "unknown")).toEqual([]);
    expect(told.filter(({ connected }) => connected).length).toBeGreaterThan(20);
  }, 60_000);

  test("nobody is left out", () => {
    const driven = new Set(personaCases.map(({ id }) => id));
    expect(personas.map(({ id }) => id).filter((id) => !driven.has(id))).toEqual(withoutFinding);
  });

  test("no secret of the wire stands in the database, in an answer or in the log", async () => {
    const dump = await dumpDatabase(rig);
    const shown = JSON.stringify(rows) + rig.logged();
    expect(rig.wire.secrets.size).toBeGreaterThan(100);
    for (const secret of rig.wire.secrets) {
      expect(dump.includes(secret)).toBe(false);
      expect(shown.includes(secret)).toBe(false);
    }
  });
});

/** They are as well as the others, or fail only over POP and Graph (transport's own tests). */
const withoutFinding = [
  "password",
  "pop-off",
  "graph-denied",
  "graph-unknown",
  "graph-throttled",
  "graph-away",
];
