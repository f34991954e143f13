/** An IMAP server that says what a test tells it to: for faults that no honest server shows. */
import net from "node:net";

export interface ScriptedCommand {
  tag: string;
  /** In capitals: "UID FETCH", "EXAMINE". */
  name: string;
  args: string;
  /** How often this command came before. */
  times: number;
}

/** Lines to send, without CRLF. Undefined: the usual answer. An empty list: silence. */
export type Script = (command: ScriptedCommand, socket: net.Socket) => string[] | undefined;

export interface ScriptedImap {
  port: number;
  /** Every line the client sent. */
  lines: string[];
  stop(): Promise<void>;
}

const wordsOf = (line: string): { tag: string; name: string; args: string } => {
  const [, tag = "", name = "", args = ""] = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line) ?? [];
  return { tag, name: name.toUpperCase(), args };
};

/** A mailbox of three messages (UIDs 1 to 3 of UIDVALIDITY 7), as far as a script leaves the usual answers. */
function usual({ tag, name }: ScriptedCommand, capability: string): string[] {
  switch (name) {
    case "CAPABILITY":
      return [`* CAPABILITY ${capability}`, `${tag} OK done`];
    case "NAMESPACE":
      return ['* NAMESPACE (("" "/")) NIL NIL', `${tag} OK done`];
    case "LIST":
      return ['* LIST () "/" INBOX', `${tag} OK done`];
    case "EXAMINE":
    case "SELECT":
      return ["* 3 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 4] ok", `${tag} OK [READ-ONLY] done`];
    case "FETCH":
    case "UID FETCH":
      return [...[1, 2, 3].map((n) => `* ${n} FETCH (UID ${n} FLAGS (\\Seen))`), `${tag} OK done`];
    case "LOGOUT":
      return ["* BYE bye", `${tag} OK done`];
    default:
      return [`${tag} OK done`];
  }
}

export async function startScriptedImap(
  script: Script,
  {
    capability = "IMAP4rev1 IDLE",
    greeting = "* OK ready",
  }: { capability?: string; greeting?: string | null } = {},
): Promise<ScriptedImap> {
  const lines: string[] = [];
  const times = new Map<string, number>();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (greeting !== null) socket.write(`${greeting}\r\n`);
    let pending = "";
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      for (let end = pending.indexOf("\r\n"); end >= 0; end = pending.indexOf("\r\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        lines.push(line);
        const words = wordsOf(line);
        const command = { ...words, times: times.get(words.name) ?? 0 };
        times.set(words.name, command.times + 1);
        for (const answer of script(command, socket) ?? usual(command, capability))
          socket.write(`${answer}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    lines,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
