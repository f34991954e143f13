/** Watching (IDLE) against servers that answer out of turn, go away, or fall silent. */
import { afterEach, expect, test } from "vitest";
import type { HitchpostError } from "../../src/core/errors.ts";
import { against, closeAgainst } from "../support/against.ts";
import type { Script } from "../support/scripted-imap.ts";

afterEach(closeAgainst);

/** The first news that a server with IDLE tells. */
async function firstNews(script: Script, idleRenewMs = 60_000): Promise<string | undefined> {
  const { source } = await against(script, { capability: "IMAP4rev1 IDLE", idleRenewMs });
  const stop = new AbortController();
  for await (const { folderPath } of source.watch(["INBOX"], stop.signal)) {
    if (folderPath === null) continue; // it watches from now on
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

const throttled = "BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds";

test.each([
  ["IDLE", "IMAP4rev1 IDLE"],
  ["EXAMINE", "IMAP4rev1 IDLE"],
  ["NOTIFY", "IMAP4rev1 IDLE NOTIFY"],
])(
  "a pause that is asked for at %s of the watching holds for the whole mailbox, to the millisecond",
  async (at, capability) => {
    let until = 0;
    const { server, source } = await against(
      ({ name, tag, times }) => {
        if (name !== at || (at === "EXAMINE" && times > 0)) return undefined;
        until = performance.now() + 92_415;
        return [`${tag} ${throttled}`];
      },
      { capability, maxConnections: 2 },
    );
    const watching = source.watch(["INBOX", "Sent"], new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watching.next()).rejects.toMatchObject({
      code: "throttled",
      details: { retryAfterMs: 92_415 },
    });
    const said = server.lines.length;
    const refused = source.peek(["INBOX"]);
    await expect(refused).rejects.toMatchObject({ code: "throttled" });
    const { retryAfterMs } = (await refused.catch((error: HitchpostError) => error.details)) as {
      retryAfterMs: number;
    };
    expect(Math.abs(performance.now() + retryAfterMs - until)).toBeLessThan(500);
    const again = source.watch(["INBOX"], new AbortController().signal)[Symbol.asyncIterator]();
    await expect(again.next()).rejects.toMatchObject({ code: "throttled" });
    expect(server.lines.length).toBe(said);
  },
);
