/**
 * `hitchpost doctor ADDRESS`: tests a connected mailbox, or looks at an address that is not connected, and names the cause of
 * what fails. Its JSON: docs/doctor.schema.json.
 */
import { z } from "zod";
import { readConfig } from "../config.ts";
import { createClient, type Client } from "./client.ts";
import { exitCodes } from "./exit.ts";

const mailboxesSchema = z.object({
  items: z.array(z.object({ id: z.string(), address: z.string() })),
  nextCursor: z.string().nullable(),
});

/** What the page says, too; more fields are the page's own. */
const findingSchema = z.object({
  code: z.string(),
  severity: z.string(),
  title: z.string(),
  cause: z.string(),
  who: z.string(),
  steps: z.array(z.object({ text: z.string(), detail: z.string().nullable(), link: z.string().nullable() })),
  meanwhile: z.string(),
  evidence: z.array(z.object({ at: z.string(), step: z.string(), line: z.string() })),
});
const checksSchema = z.array(z.object({ step: z.string(), state: z.string(), ms: z.number().nullable() }));
const testSchema = z.object({ ok: z.boolean(), checks: checksSchema, finding: findingSchema.nullable() });
const serverSchema = z.object({ host: z.string(), port: z.number(), security: z.string() }).nullable();
const diagnosisSchema = z.object({
  healthy: z.boolean(),
  checks: checksSchema,
  finding: findingSchema.nullable(),
  signIn: z.enum(["oauth", "password"]),
  settings: z.object({ provider: z.string(), imap: serverSchema, smtp: serverSchema }),
});

/** What is printed: `signIn` and `settings` of an address that is not connected. */
export interface Told {
  address: string;
  connected: boolean;
  healthy: boolean;
  checks: z.output<typeof checksSchema>;
  finding: z.output<typeof findingSchema> | null;
  signIn?: "oauth" | "password";
  settings?: z.output<typeof diagnosisSchema>["settings"];
}

/** Ends with 0 when every check passes, 1 with a finding. */
export async function doctorCommand(address: string, options: { json?: boolean }): Promise<void> {
  const told = await examine(createClient(readConfig()), address);
  process.stdout.write(options.json === true ? `${JSON.stringify(told)}\n` : inWords(told));
  if (!told.healthy) process.exitCode = exitCodes.failed;
}

/** Tests the mailbox of that address, or looks at the address when there is none. */
export async function examine(client: Client, address: string): Promise<Told> {
  const wanted = address.trim().toLowerCase();
  const mailbox = await find(client, wanted);
  return mailbox === null ? look(client, wanted) : test(client, mailbox);
}

async function test(client: Client, { id, address }: { id: string; address: string }): Promise<Told> {
  const { ok, checks, finding } = await client.call("POST", `/v1/mailboxes/${id}/test`, testSchema);
  return { address, connected: true, healthy: ok, checks, finding };
}

async function look(client: Client, address: string): Promise<Told> {
  const { healthy, checks, finding, signIn, settings } = await client.call(
    "POST",
    "/v1/doctor",
    diagnosisSchema,
    { address },
  );
  return { address, connected: false, healthy, checks, finding, signIn, settings };
}

/** The connected mailbox of an address; null: there is none. */
async function find(client: Client, wanted: string): Promise<{ id: string; address: string } | null> {
  let cursor = "";
  for (;;) {
    const path = cursor === "" ? "/v1/mailboxes" : `/v1/mailboxes?cursor=${encodeURIComponent(cursor)}`;
    const { items, nextCursor } = await client.call("GET", path, mailboxesSchema);
    const found = items.find(({ address }) => address.toLowerCase() === wanted);
    if (found !== undefined) return found;
    if (nextCursor === null) return null;
    cursor = nextCursor;
  }
}

export function inWords({ address, connected, checks, finding, signIn, settings }: Told): string {
  const ticks = checks.map(({ step, state, ms }) => `  ${step}: ${state}${ms === null ? "" : ` (${ms} ms)`}`);
  const way =
    settings === undefined
      ? []
      : [
          `  provider: ${settings.provider}, signs in by ${signIn === "oauth" ? "Official Authorization" : "password"}`,
          ...[settings.imap, settings.smtp].flatMap((server) =>
            server === null ? [] : [`  ${server.host}:${server.port} (${server.security})`],
          ),
        ];
  if (finding === null) {
    const well = connected
      ? "all is well"
      : `not connected yet; nothing stands in the way: hitchpost connect --email ${address}`;
    return [`${address}: ${well}`, ...way, ...ticks, ""].join("\n");
  }
  const steps = finding.steps.map(
    ({ text, detail, link }, index) =>
      `  ${index + 1}. ${text}${detail === null ? "" : `: ${detail}`}${link === null ? "" : ` ${link}`}`,
  );
  const seen = finding.evidence.map(({ line }) => `  | ${line}`);
  const head = `${address}: ${connected ? "" : "not connected; "}${finding.title} (${finding.code})`;
  return [head, finding.cause, ...steps, ...way, ...ticks, ...seen, ""].join("\n");
}
