/** `hitchpost check-app`: finds the mistakes of Microsoft apps before anybody signs in. */
import { z } from "zod";
import { appSchema } from "../../api/apps/schema.ts";
import { readConfig } from "../config.ts";
import { createClient } from "./client.ts";
import { CommandError, exitCodes } from "./exit.ts";

type App = z.output<typeof appSchema>;

const listSchema = z.object({ items: z.array(appSchema) });

/** @param id an app's id, its name or client id; left out: all of them */
export async function checkAppCommand(id: string | undefined, options: { json?: boolean }): Promise<void> {
  const client = createClient(readConfig());
  const { items } = await client.call("GET", "/v1/apps", listSchema);
  const chosen = items.filter((app) => id === undefined || [app.id, app.name, app.clientId].includes(id));
  if (chosen.length === 0) {
    throw id === undefined
      ? new CommandError(
          exitCodes.failed,
          "no Microsoft app is entered.",
          "Enter one in the page under Settings › Microsoft app, or by HITCHPOST_MICROSOFT_CLIENT_ID.",
          "oauth_not_configured",
        )
      : new CommandError(exitCodes.failed, `no Microsoft app goes by “${id}”.`, "", "not_found");
  }
  const apps: App[] = [];
  for (const app of chosen) apps.push(await client.call("POST", `/v1/apps/${app.id}/check`, appSchema));
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ apps })}\n` : apps.map(describeApp).join("\n"),
  );
  if (apps.some(({ findings }) => findings.some(({ severity }) => severity === "blocking")))
    process.exitCode = exitCodes.failed;
}

const signs = { ok: "✓", failed: "✗", warning: "!", unknown: "?" } as const;

/** Pure: what a check found, in lines for a person. */
export function describeApp({ name, clientId, check, findings }: App): string {
  const lines = [
    `${name === "" ? "Environment" : name} (${clientId})`,
    ...(check?.checks ?? []).map(({ id, state }) => `  ${signs[state]} ${id.replaceAll("_", " ")}`),
    ...findings.flatMap((finding) => [
      `  ${finding.title}. ${finding.cause}`,
      ...finding.steps.map(({ text, detail }) => `    → ${detail === null ? text : `${text}: ${detail}`}`),
      ...finding.evidence.map(({ line }) => `    Seen: ${line}`),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
