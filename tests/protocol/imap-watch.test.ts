/** Watching (IDLE) against servers that answer out of turn, go away, or fall silent. */
import { afterEach, expect, test } from "vitest";
import { against, closeAgainst } from "../support/against.ts";
import type { Script } from "../support/scripted-imap.ts";

afterEach(closeAgainst);

/** The first news that a server with IDLE tells. */
async function firstNews(script: Script, idleRenewMs = 60_000): Promise<string | undefined> {
  const { source } = await against(script, { capability: "IMAP4rev1 IDLE", idleRenewMs });
  const stop = new AbortController();
  for await (const { folderPath } of source.watch(["INBOX"], stop.signal)) {
    stop.abort();
    return folderPath;
  }
  return undefined;
}

const onIdle =
  (...answer: string[]): Script =>
  ({ name }) =>
    name === "IDLE" ? answer : undefined;

test("news that come before the server says that it idles are told", async () => {
  expect(await firstNews(onIdle("* 4 EXISTS", "* 0 RECENT", "+ idling"))).toBe("INBOX");
});

test.each([
  ["a token that expires", "* BYE Session invalidated - AccessTokenExpired", { reason: "token_expired" }],
  ["a server that closes", "* BYE Connection is closed. 13", { response: "Connection is closed. 13" }],
])("%s ends the watching with its reason", async (_name, bye, details) => {
  const closing: Script = ({ name }, socket) => {
    if (name !== "IDLE") return undefined;
    socket.end(`+ idling\r\n${bye}\r\n`);
    return [];
  };
  await expect(firstNews(closing)).rejects.toMatchObject({ code: "connection_lost", details });
});

test("a server that idles and does not answer the end of it is given up in time", async () => {
  await expect(firstNews(onIdle("+ idling"), 200)).rejects.toMatchObject({ code: "network_timeout" });
});
