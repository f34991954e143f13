/** `hitchpost doctor` over the sandbox's people: what it prints, by docs/doctor.schema.json, and how it ends. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { personas } from "../../sandbox/personas.ts";
import { createClient, type Client } from "../../src/app/cli/client.ts";
import { examine, inWords } from "../../src/app/cli/doctor.ts";
import { readConfig } from "../../src/app/config.ts";
import { startConnect, type ConnectRig } from "../support/connect.ts";

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(file("docs/doctor.schema.json"), "utf8")) as Parameters<typeof z.fromJSONSchema>[0],
);

/** Connected, then broken: the switch is turned off, or the access token ends as it does after an hour. */
const broken = [
  ["upn", "imap-off", "imap_not_open"],
  ["expired", "ends", "grant_expired"],
  ["revoked", "ends", "grant_revoked"],
  ["frequency", "ends", "sign_in_frequency"],
  ["mfa-later", "ends", "mfa_required"],
] as const;

let rig: ConnectRig;
let client: Client;
const addressOf = new Map<string, string>();
beforeAll(async () => {
  rig = await startConnect({ allowPrivateHosts: true });
  const env = { HITCHPOST_URL: rig.url, HITCHPOST_API_KEY: rig.team.keys.owner };
  client = createClient(readConfig(env));
  await Promise.all(["well", ...broken.map(([id]) => id)].map(connect));
  for (const [id, how] of broken)
    if (how === "ends") await rig.admin("tokens/expire", { address: addressOf.get(id) });
    else await rig.admin("personas/switch", { address: addressOf.get(id), imap: false });
}, 60_000);
afterAll(() => rig.close());

async function connect(id: string): Promise<void> {
  const { address } = personas.find((one) => one.id === id)!;
  addressOf.set(id, address);
  const attempt = await rig.begin(address, { provider: "sandbox" });
  await rig.signIn(rig.browser(), attempt, address);
  const { finding } = await rig.settled(attempt.id);
  expect([id, finding?.code]).toEqual([id, undefined]);
}

/** The command as a process of its own. */
function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file("bin/hitchpost.js"), "doctor", ...args], {
      env: { PATH: "/usr/bin:/bin", HITCHPOST_URL: rig.url, HITCHPOST_API_KEY: rig.team.keys.owner },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += String(data)));
    child.stderr.on("data", (data) => (err += String(data)));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

describe("a connected mailbox", () => {
  test("that is well", async () => {
    const told = await examine(client, "WELL@outlook.example ");
    expect(schema.safeParse(told).error).toBeUndefined();
    expect(told).toMatchObject({
      address: "well@outlook.example",
      connected: true,
      healthy: true,
      finding: null,
    });
    expect(told.checks.map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(inWords(told)).toContain("all is well");
  });

  test.each(broken)("%s, %s: %s", async (id, _how, code) => {
    const told = await examine(client, addressOf.get(id)!);
    expect(schema.safeParse(told).error).toBeUndefined();
    expect([told.healthy, told.finding?.code]).toEqual([false, code]);
    const words = inWords(told);
    expect(words).toContain(`(${code})`);
    expect(words).toContain(told.finding!.steps[0]!.text);
  });
});

describe("an address that is not connected", () => {
  test("whose servers answer", async () => {
    const told = await examine(client, "locked@outlook.example");
    expect(schema.safeParse(told).error).toBeUndefined();
    expect(told).toMatchObject({ connected: false, healthy: true, finding: null, signIn: "oauth" });
    expect(inWords(told)).toContain("hitchpost connect --email locked@outlook.example");
  });

  test("whose servers nobody knows", async () => {
    const told = await examine(client, "ann@shop.example");
    expect(schema.safeParse(told).error).toBeUndefined();
    expect([told.connected, told.healthy, told.finding?.code]).toEqual([false, false, "settings_not_found"]);
  });
});

test("as a process: 0 when all is well, 1 with a finding, 2 for wrong use", async () => {
  const [well, ill, wrong] = await Promise.all([
    run("well@outlook.example", "--json"),
    run(addressOf.get("revoked")!, "--json"),
    run("--nonsense"),
  ]);
  expect([well.code, ill.code, wrong.code]).toEqual([0, 1, 2]);
  for (const { out } of [well, ill]) expect(schema.safeParse(JSON.parse(out)).error).toBeUndefined();
  expect(wrong.err).toContain("--nonsense");
}, 30_000);

test("what the schema does not know is refused by it", async () => {
  const told = await examine(client, "well@outlook.example");
  expect(schema.safeParse({ ...told, more: 1 }).success).toBe(false);
  expect(schema.safeParse({ ...told, healthy: "yes" }).success).toBe(false);
});
