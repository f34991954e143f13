/** `hitchpost doctor ADDRESS`: tests a connected mailbox and names the cause of what fails. Its JSON: docs/doctor.schema.json. */
import { z } from "zod";
import { readConfig } from "../config.ts";
import { createClient, type Client } from "./client.ts";
import { CommandError, exitCodes } from "./exit.ts";

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
const testSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ step: z.string(), state: z.string(), ms: z.number().nullable() })),
  finding: findingSchema.nullable(),
});
type Tested = z.output<typeof testSchema>;

/** Ends with 0 when every check passes, 1 with a finding. */
export async function doctorCommand(address: string, options: { json?: boolean }): Promise<void> {
  const client = createClient(readConfig());
  const wanted = address.trim().toLowerCase();
  const mailbox = await find(client, wanted);
  if (mailbox === null)
    throw new CommandError(
      exitCodes.failed,
      `${address} is not connected here.`,
      "hitchpost connect --email ADDRESS connects it.",
      "not_found",
    );
  const tested = await client.call("POST", `/v1/mailboxes/${mailbox.id}/test`, testSchema);
  const { ok, checks, finding } = tested;
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ address: mailbox.address, healthy: ok, checks, finding })}\n`
      : inWords(mailbox.address, tested),
  );
  if (!ok) process.exitCode = exitCodes.failed;
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

function inWords(address: string, { ok, checks, finding }: Tested): string {
  const ticks = checks.map(({ step, state, ms }) => `  ${step}: ${state}${ms === null ? "" : ` (${ms} ms)`}`);
  if (ok || finding === null) return [`${address}: all is well`, ...ticks, ""].join("\n");
  const steps = finding.steps.map(
    ({ text, detail, link }, index) =>
      `  ${index + 1}. ${text}${detail === null ? "" : `: ${detail}`}${link === null ? "" : ` ${link}`}`,
  );
  const seen = finding.evidence.map(({ line }) => `  | ${line}`);
  return [
    `${address}: ${finding.title} (${finding.code})`,
    finding.cause,
    ...steps,
    ...ticks,
    ...seen,
    "",
  ].join("\n");
}
