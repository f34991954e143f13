/** For the tests of this folder: Graph on a free port over empty mailboxes, and a client that only knows HTTP. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeServer, listen } from "../mail/listening.ts";
import { MailStore } from "../mail/store/mail-store.ts";
import { personas as allPersonas } from "../personas.ts";
import type { Persona } from "../personas.ts";
import type { TokenVerifier } from "../contract.ts";
import { openSwitches } from "../switches.ts";
import { createGraph } from "./graph.ts";
import type { Graph } from "./graph.ts";

export const well = "well@outlook.example";

const allScopes = ["User.Read", "Mail.ReadWrite", "Mail.Send", "Mail.ReadWrite.Shared", "Mail.Send.Shared"];

/** Takes tokens of the form `address|scopes|audience`, the last two with defaults. */
const tokens: TokenVerifier = {
  verify(accessToken) {
    const [upn = "", scopes, audience] = accessToken.split("|");
    if (!upn.includes("@")) return null;
    return {
      oid: "",
      upn,
      scopes: scopes ? scopes.split("+") : allScopes,
      audience: audience ?? "https://graph.microsoft.com",
      expiresAt: Date.now() / 1000 + 3600,
    };
  },
};

export type Json = Record<string, unknown>;
export type Answer = { status: number; headers: Headers; json: Json; bytes: Buffer };
export type AskOptions = {
  method?: string;
  /** An object goes as JSON, a text or bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  token?: string | null;
};

export type TestGraph = Omit<Graph, "stop"> & {
  store: MailStore;
  mailboxId: number;
  url: string;
  /** Milliseconds since 1970, which tests may move. */
  clock: { now: number };
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** The members of a collection, all pages. */
  all(path: string, headers?: Record<string, string>): Promise<Json[]>;
  /** Puts a message into a folder by its role, and returns its lasting number. */
  put(raw: string, role?: "inbox" | "drafts" | "sent" | "trash" | "archive"): number;
  stop(): Promise<void>;
};

export async function startTestGraph(
  options: { personas?: readonly Persona[]; random?: () => number } = {},
): Promise<TestGraph> {
  const dataDir = mkdtempSync(join(tmpdir(), "sandbox-graph-"));
  const clock = { now: 1_790_000_000_000 };
  const now = (): number => clock.now;
  const personas = options.personas ?? allPersonas;
  const store = new MailStore(dataDir, now);
  for (const persona of personas) store.ensureMailbox(persona, () => undefined);
  const server = createServer();
  const port = await listen(server, 0);
  const url = `http://127.0.0.1:${port}`;
  const errors: unknown[] = [];
  const log = (error: unknown): void => void errors.push(error);
  const switches = openSwitches(dataDir, { now });
  const graph = createGraph({
    ...options,
    switches,
    graphUrl: url,
    dataDir,
    store,
    personas,
    tokens,
    now,
    log,
  });
  server.on("request", (req, res) => void graph.handle(req, res, req.url ?? "/").catch(log));
  const mailboxId = store.mailboxId(well) ?? 0;
  const ask = (path: string, asked: AskOptions = {}): Promise<Answer> => askAt(url, path, asked);
  return {
    ...graph,
    store,
    mailboxId,
    url,
    clock,
    ask,
    all: (path, headers = {}) => allPages(ask, path, headers),
    put: (raw, role = "inbox") => put(store, store.folders.byRole(mailboxId, role).id, raw),
    async stop() {
      server.closeAllConnections();
      await closeServer(server);
      graph.stop();
      store.close();
      rmSync(dataDir, { recursive: true, force: true });
      reportErrors(errors);
    },
  };
}

function put(store: MailStore, folderId: number, raw: string): number {
  const bytes = Buffer.from(raw.replaceAll(/\r?\n/g, "\r\n"));
  const uid = store.messages.append(folderId, { raw: bytes, flags: [], internalDate: store.now() });
  return store.items.at(folderId, uid)?.id ?? 0;
}

function reportErrors(errors: unknown[]): void {
  if (errors.length > 0) throw new AggregateError(errors, "the sandbox reported errors");
}

async function allPages(
  ask: TestGraph["ask"],
  path: string,
  headers: Record<string, string>,
): Promise<Json[]> {
  const found: Json[] = [];
  for (let next: unknown = path; typeof next === "string";) {
    const { json } = await ask(next, { headers });
    found.push(...(json["value"] as Json[]));
    next = json["@odata.nextLink"];
  }
  return found;
}

async function askAt(url: string, path: string, asked: AskOptions): Promise<Answer> {
  const { method = "GET", body, headers = {}, token = well } = asked;
  const isJson = typeof body === "object" && !Buffer.isBuffer(body);
  const response = await fetch(path.startsWith("http") ? path : `${url}/v1.0${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(isJson ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as string) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJsonAnswer = response.headers.get("content-type")?.includes("json") ?? false;
  const json = isJsonAnswer ? (JSON.parse(bytes.toString()) as Json) : {};
  return { status: response.status, headers: response.headers, json, bytes };
}

/** A small message. */
export const mail = (subject: string, more = ""): string =>
  `From: "Jana" <other@outlook.example>\nTo: ${well}\nSubject: ${subject}\nMessage-ID: <${subject.replaceAll(" ", "-")}@test>\nDate: Mon, 02 Mar 2026 09:05:00 +0100\n${more}\nbody of ${subject}\n`;
