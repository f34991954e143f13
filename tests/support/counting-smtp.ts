/** A submission server that counts what it took over, and falls silent, or breaks off, at a step for users of one's choice. */
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
  /** User → where the next connection that comes so far is broken off; once. */
  breaks: Map<string, Break>;
  /** Users whose hand-over stands still. */
  standing: Set<string>;
  stop(): Promise<void>;
}

/** In the middle of the body, when the final dot has come, or after that without an answer: the mail was taken over. */
export type Break = "body" | "dot" | "answer";

/**
 * @param onDelivery what was just taken over; the text behind 250
 */
export async function startCountingSmtp(
  onDelivery: (delivery: Delivery) => string = () => "2.0.0 OK queued",
): Promise<CountingSmtp> {
  const sockets = new Set<net.Socket>();
  const desk = {
    deliveries: [] as Delivery[],
    attempts: [] as string[],
    silent: new Map<string, Silence>(),
    breaks: new Map<string, Break>(),
    onDelivery,
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

type Desk = Pick<CountingSmtp, "deliveries" | "attempts" | "silent" | "breaks" | "standing"> & {
  onDelivery: (delivery: Delivery) => string;
};

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
  /** True when the connection is broken off here. */
  const breaksOff = (at: Break): boolean => {
    if (desk.breaks.get(user) !== at) return false;
    desk.breaks.delete(user);
    socket.destroy();
    return true;
  };
  const endOfBody = () => {
    if (breaksOff("dot")) return;
    const delivery = { user, to, raw: (body ?? []).join("\r\n") };
    [body, to] = [null, []];
    desk.deliveries.push(delivery);
    const answer = desk.onDelivery(delivery);
    if (!breaksOff("answer") && !isSilent("answer")) say(`250 ${answer}`);
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
      breaksOff("body");
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
