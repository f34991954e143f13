/** A submission server that counts what it took over, and falls silent at a step for users whose name says so. */
import net from "node:net";

/** Where a user's hand-over stops: at the sign-in, in the middle of the body, after the final dot. */
export type Silence = "login" | "body" | "answer";

export interface Delivery {
  user: string;
  to: string[];
  raw: string;
}

export interface CountingSmtp {
  port: number;
  deliveries: Delivery[];
  /** Users who tried to hand something over, one entry each time. */
  attempts: string[];
  /** User → where it is silent, from the next connection on. */
  silent: Map<string, Silence>;
  /** Users whose hand-over stands still. */
  standing: Set<string>;
  stop(): Promise<void>;
}

export async function startCountingSmtp(): Promise<CountingSmtp> {
  const sockets = new Set<net.Socket>();
  const desk = {
    deliveries: [] as Delivery[],
    attempts: [] as string[],
    silent: new Map<string, Silence>(),
    standing: new Set<string>(),
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    serve(socket, desk);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...desk,
    port: (server.address() as net.AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Desk = Pick<CountingSmtp, "deliveries" | "attempts" | "silent" | "standing">;

function serve(socket: net.Socket, desk: Desk): void {
  let user = "";
  let to: string[] = [];
  let body: string[] | null = null;
  let pending = "";
  const say = (line: string) => void socket.write(`${line}\r\n`);
  /** True when it says nothing here. */
  const isSilent = (at: Silence): boolean => {
    if (desk.silent.get(user) !== at) return false;
    desk.standing.add(user);
    return true;
  };
  const endOfBody = () => {
    desk.deliveries.push({ user, to, raw: (body ?? []).join("\r\n") });
    [body, to] = [null, []];
    if (!isSilent("answer")) say("250 2.0.0 OK queued");
  };
  const command = (line: string) => {
    if (/^EHLO/i.test(line)) return say("250-counting\r\n250 AUTH PLAIN");
    if (/^AUTH PLAIN /i.test(line)) {
      user = Buffer.from(line.slice(11), "base64").toString().split("\0")[1] ?? "";
      return isSilent("login") ? undefined : say("235 in");
    }
    if (/^RCPT/i.test(line)) to.push(/<(.*)>/.exec(line)?.[1] ?? "");
    if (/^DATA/i.test(line)) {
      desk.attempts.push(user);
      body = [];
      say("354 go");
      if (isSilent("body")) socket.pause();
      return;
    }
    say(/^QUIT/i.test(line) ? "221 bye" : "250 ok");
  };
  say("220 counting");
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    const lines = pending.split("\r\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      if (body === null) command(line);
      else if (line === ".") endOfBody();
      else body.push(line.replace(/^\./, ""));
    }
  });
}
