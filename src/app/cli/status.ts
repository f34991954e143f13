/** `hitchpost status`. */
import { statusSchema } from "../../api/system/schema.ts";
import { readConfig } from "../config.ts";
import { createClient } from "./client.ts";

export async function statusCommand(options: { json?: boolean }): Promise<void> {
  const status = await createClient(readConfig()).call("GET", "/v1/status", statusSchema);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
    return;
  }
  const { version, database, mailboxes } = status;
  process.stdout.write(
    `Hitchpost ${version} · PostgreSQL ${database.version}${database.embedded ? " (embedded)" : ""}\n`,
  );
  if (mailboxes.length === 0) process.stdout.write("No mailbox is connected yet.\n");
  for (const mailbox of mailboxes) {
    const progress = mailbox.progress
      ? ` · ${mailbox.progress.done} of ${mailbox.progress.total} imported`
      : "";
    const finding = mailbox.finding === null ? "" : ` · ${mailbox.finding}`;
    process.stdout.write(
      `${mailbox.address}: ${mailbox.state.replaceAll("_", " ")}${progress} · ${mailbox.messages} messages${finding}\n`,
    );
  }
}
