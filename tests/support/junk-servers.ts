/** Servers that answer junk, on loopback: as mail servers (whatever protocol is asked of them) and as token endpoints. */
import http from "node:http";
import net from "node:net";
import tls from "node:tls";

export interface JunkServer {
  port: number;
  /** Everything that clients sent, as Latin-1. */
  heard(): string;
  stop(): Promise<void>;
}

/** What a mail server of a kind does with a connection. */
type Conduct = (socket: net.Socket) => void;

const tenMegabytes = 10 * 1024 * 1024;

/** Bytes that look like nothing, the same in every run: no CRLF among them. */
const binary = Buffer.from(
  Array.from({ length: 4096 }, (_, index) => (index * 73 + 41) % 256).filter(
    (byte) => byte !== 10 && byte !== 13,
  ),
);

/** Writes on and on until the other side goes: some megabytes a second, so that others have the machine too. */
function flood(
  out: { writable: boolean; write(chunk: Buffer | string): boolean },
  chunk: Buffer | string,
): void {
  const timer = setInterval(() => {
    if (out.writable) out.write(chunk);
    else clearInterval(timer);
  }, 5);
}

/** One byte now and then. */
function trickle(socket: net.Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (!socket.writable) clearInterval(timer);
    else socket.write(text[at++ % text.length] ?? "");
  }, everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** Talks IMAP up to the sign-in, and then says back what it was told; to a challenge too. */
function refuseWithEcho(socket: net.Socket, abilities: string, render: (words: string) => string): void {
  const capability = `IMAP4rev1 ${abilities}`.trim();
  socket.write(`* OK [CAPABILITY ${capability}] ready\r\n`);
  let asked = "";
  socket.on("data", (data) => {
    const line = data.toString("latin1").trim();
    const [tag = "A", name = "", ...words] = line.split(" ");
    if (asked !== "") socket.write(`${asked} NO cannot do ${printable(render(line))}\r\n`);
    else if (/^capability$/i.test(name)) socket.write(`* CAPABILITY ${capability}\r\n${tag} OK done\r\n`);
    else if (/^(noop|id)$/i.test(name)) socket.write(`${tag} OK done\r\n`);
    else if (/^authenticate$/i.test(name) && words.length === 1) {
      asked = tag;
      socket.write("+ \r\n");
    } else socket.write(`${tag} NO cannot do ${name} ${printable(render(words.join(" ")))}\r\n`);
  });
}

/** Takes no sign-in, in the usual words. */
function refuse(socket: net.Socket, says: string): void {
  socket.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
  socket.on("data", (data) => {
    const [tag = "A", name = ""] = data.toString("latin1").split(" ");
    if (/^capability/i.test(name))
      socket.write(`* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n${tag} OK done\r\n`);
    else socket.write(`${tag} ${says}\r\n`);
  });
}

const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, " ");

/** By name; each is a way in which something that is no mail server, or a broken one, answers. */
export const mailJunk = {
  "cut off in its greeting": (socket) => socket.end("* OK The Micro"),
  "closed without a word": (socket) => socket.end(),
  "reset at once": (socket) => socket.resetAndDestroy(),
  "no word at all": () => undefined,
  "a server that knows another password": (socket) =>
    refuse(socket, "NO [AUTHENTICATIONFAILED] Authentication failed."),
  "binary, then closed": (socket) => socket.end(binary),
  "binary without end": (socket) => flood(socket, Buffer.concat([binary, binary, binary])),
  "lines without end": (socket) => flood(socket, "* 1 EXISTS\r\n".repeat(1_000)),
  "a line of 10 MB": (socket) => socket.write(`* OK ${"x".repeat(tenMegabytes)}`),
  "one byte now and then": (socket) => trickle(socket, "* OK ready when you are ", 150),
  "an SMTP server": (socket) => socket.write("220 mail.example ESMTP\r\n"),
  "an SSH server": (socket) => socket.write("SSH-2.0-OpenSSH_9.2p1\r\n"),
  "what it was sent": (socket) => {
    socket.write("* OK ready\r\n");
    socket.on("data", (data) => socket.write(`* NO you said ${data.toString("latin1")}\r\n`));
  },
  "a refusal that repeats the secret": (socket) =>
    refuseWithEcho(socket, "AUTH=PLAIN AUTH=XOAUTH2 SASL-IR", String),
  "a refusal that repeats it decoded": (socket) =>
    refuseWithEcho(socket, "AUTH=PLAIN AUTH=XOAUTH2 SASL-IR", (words) =>
      words.replaceAll(/[A-Za-z0-9+/=]{24,}/g, (text) => Buffer.from(text, "base64").toString("latin1")),
    ),
  "a refusal that repeats what LOGIN sent": (socket) => refuseWithEcho(socket, "", String),
} as const satisfies Record<string, Conduct>;

export type MailJunk = keyof typeof mailJunk;

/** A server of that kind on a free port. */
export const startMailJunk = (kind: MailJunk): Promise<JunkServer> =>
  listen(net.createServer(), mailJunk[kind]);

/** Speaks TLS with that certificate and greets as an IMAP server. */
export const startTlsGreeting = (pem: { key: string; cert: string }): Promise<JunkServer> =>
  listen(tls.createServer(pem), (socket) => socket.write("* OK ready\r\n"), "secureConnection");

/** What a token endpoint does with a request, whose form is given. */
export type TokenConduct = (req: http.IncomingMessage, res: http.ServerResponse, form: string) => void;

const page = (res: http.ServerResponse, status: number): void => {
  res.writeHead(status, { "content-type": "text/html" });
  res.end("<!doctype html><title>Welcome to Guest Wi-Fi</title><h1>Please log in to use the network</h1>");
};

export const tokenJunk = {
  "a page of a portal": (_req, res) => page(res, 200),
  "a page of a proxy": (_req, res) => page(res, 502),
  "a redirect to itself": (req, res) => {
    res.writeHead(302, { location: req.url ?? "/" });
    res.end();
  },
  "a redirect that keeps the form, to itself": (req, res) => {
    res.writeHead(307, { location: req.url ?? "/" });
    res.end();
  },
  nothing: (_req, res) => res.end(),
  "a connection that breaks": (req) => req.socket.destroy(),
  "binary bytes": (_req, res) => res.end(binary),
  "JSON cut off": (_req, res) => res.end('{"token_type":"Bearer","access_to'),
  "JSON that is a number": (_req, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    res.end("42");
  },
  "JSON of 10 MB": (_req, res) => {
    res.writeHead(400, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: "invalid_grant", error_description: "x".repeat(tenMegabytes) }));
  },
  "an answer without end": (_req, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    flood(res, "[".repeat(1 << 16));
  },
  "one byte now and then": (_req, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => (res.destroyed ? clearInterval(timer) : res.write(" ")), 150);
    res.once("close", () => clearInterval(timer));
  },
  "a refusal that repeats the form": (_req, res, form) => {
    res.writeHead(400, { "content-type": "application/json" });
    res.end(JSON.stringify({ error: "invented_kind", error_description: `AADSTS99: cannot take ${form}` }));
  },
} as const satisfies Record<string, TokenConduct>;

export type TokenJunk = keyof typeof tokenJunk;

/** An authority whose token endpoint answers so, at any path. */
export async function startTokenJunk(kind: TokenJunk): Promise<JunkServer> {
  const server = http.createServer((req, res) => {
    let form = "";
    req.on("data", (chunk) => (form += String(chunk)));
    req.on("end", () => tokenJunk[kind](req, res, form));
    res.on("error", () => undefined);
  });
  return listen(server, () => undefined);
}

async function listen(server: net.Server, conduct: Conduct, event = "connection"): Promise<JunkServer> {
  const sockets = new Set<net.Socket>();
  const heard: string[] = [];
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  server.on(event, (socket: net.Socket) => {
    socket.on("error", () => undefined);
    if (!(server instanceof http.Server)) socket.on("data", (data) => heard.push(data.toString("latin1")));
    conduct(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    heard: () => heard.join(""),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
