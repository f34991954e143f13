/** STATUS of several folders (MailSource.peek; RFC 9051 6.3.11), past those that refuse it or say nothing. */
import type { ImapFlow } from "imapflow";
import type { Clock } from "../../core/clock.ts";
import { isHitchpostError } from "../../core/errors.ts";
import { backoffMs } from "../../core/retry.ts";
import { folderStatus } from "./commands.ts";
import { imapError } from "./errors.ts";
import { execute } from "./imapflow-internals.ts";
import type { ConnectionPool } from "./pool.ts";

/** A folder over which the server falls silent costs a connection and a minute each time: it is asked for ever more rarely. */
const silence = { baseMs: 60_000, capMs: 30 * 60_000 };

/**
 * The look at folders by STATUS; a folder that refuses is left out.
 *
 * Throws a lost connection, a pause, and silence that is not one folder's.
 */
export function createPeek(
  pool: ConnectionPool,
  clock: Clock,
): (paths: string[]) => Promise<Map<string, string>> {
  /** Path → how often in a row it said nothing, and until when it is not asked, monotonic milliseconds. */
  const silent = new Map<string, { times: number; until: number }>();
  const isAsked = (path: string): boolean => (silent.get(path)?.until ?? 0) <= clock.monotonic();
  return async (paths) => {
    const states = new Map<string, string>();
    const left = paths.filter(isAsked);
    while (left.length > 0) {
      try {
        await pool.run("STATUS", (client) => askEach(client, left, states), { brief: true });
      } catch (error) {
        const stuck = left.shift()!;
        const judged = await pool.judgeSilence(stuck, error);
        if (!isHitchpostError(judged, "folder_unavailable")) throw judged;
        const times = (silent.get(stuck)?.times ?? 0) + 1;
        silent.set(stuck, { times, until: clock.monotonic() + backoffMs(times - 1, silence) });
      }
    }
    for (const path of states.keys()) silent.delete(path);
    return states;
  };
}

/** Takes off `left` what was answered; what it stops at stands first. */
async function askEach(client: ImapFlow, left: string[], states: Map<string, string>): Promise<void> {
  const modseq = client.enabled.has("CONDSTORE") ? ["HIGHESTMODSEQ"] : [];
  const items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", ...modseq];
  // Of the folder that is open, STATUS may tell what the client was told already (RFC 9051 6.3.11; Dovecot does).
  if (client.mailbox !== false && left.includes(client.mailbox.path)) await execute(client, "NOOP", false);
  for (let path = left[0]; path !== undefined; path = left[0]) {
    try {
      const found = await folderStatus(client, path, items);
      states.set(path, items.map((item) => found.get(item) ?? "").join(" "));
    } catch (error) {
      const known = imapError(error, { where: path, step: "select" });
      if (known.code !== "folder_unavailable" && known.code !== "protocol_error") throw error;
    }
    left.shift();
  }
}
