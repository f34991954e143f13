/** `hitchpost connect --method password` without `--imap-host`: the server looks the settings up. */
import type { z } from "zod";
import { foundSettingsSchema } from "../../api/connect/schema.ts";
import type { Client } from "./client.ts";
import { CommandError, exitCodes } from "./exit.ts";

type Found = z.output<typeof foundSettingsSchema>;

/** @throws CommandError when nothing was found, or its provider takes no passwords */
export async function findServers(client: Client, address: string): Promise<Found & { imap: object }> {
  const found = await client.call("POST", "/v1/settings/lookup", foundSettingsSchema, { address });
  if (found.provider === "outlook" || found.provider === "microsoft365") {
    throw new CommandError(
      exitCodes.failed,
      `${address} is at Microsoft, which has refused passwords for IMAP since 16 September 2024.`,
      "Use --method device.",
      "basic_auth_blocked",
    );
  }
  const { imap } = found;
  if (imap === null)
    throw new CommandError(exitCodes.usage, `no settings were found for ${address}.`, "Name --imap-host.");
  process.stderr.write(`Servers from ${found.from} (${found.source}): ${imap.host}:${imap.port}\n`);
  return { ...found, imap };
}
