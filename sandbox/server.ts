/** The sandbox's one HTTP server: identity, its pages, and the admin interface, on loopback. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { handleAdmin, type AdminContext } from "./admin/admin.ts";
import type { HttpFront } from "./contract.ts";
import { BodyTooLarge, readForm } from "./http/form.ts";
import { replyJson, replyPage, replyRedirect } from "./http/reply.ts";
import type { Identity } from "./identity/identity.ts";
import { registration } from "./identity/registration.ts";
import { homePage, type Reach } from "./pages/home.ts";
import { languageOf } from "./pages/language.ts";
import { messagePage } from "./pages/message.ts";
import { script } from "./pages/script.ts";
import { stylesheet } from "./pages/style.ts";
import { wordsOf } from "./pages/text.ts";
import { personas } from "./personas.ts";
import type { Switches } from "./switches.ts";

export type ServerParts = {
  identity: Identity;
  admin: AdminContext;
  switches: Switches;
  /** Ports of the mail servers, undefined while they do not run. */
  mailPorts(): { imapPort: number; smtpPort: number; popPort?: number | undefined } | undefined;
  graphUrl: string;
  /** Undefined while mail does not run. */
  graph(): HttpFront | undefined;
  /** Told of everything that should not have happened. */
  onError(error: unknown): void;
};

/** Listens on 127.0.0.1; port 0 picks a free one. */
export async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** Answers every request; never rejects. */
export function requestListener(parts: ServerParts): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    respond(parts, req, res).catch((error: unknown) => fail(parts, req, res, error));
  };
}

async function respond(parts: ServerParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { basePath } = parts.identity.context;
  const url = URL.parse(req.url ?? "/", "http://sandbox");
  if (url === null) return notFound(parts, req, res);
  if (url.pathname.startsWith("/admin/")) return handleAdmin(parts.admin, req, res, url.pathname);
  const graph = /^\/(v1\.0|api\/v2\.0)\//.test(url.pathname) ? parts.graph() : undefined;
  if (graph) return graph(req, res, url.pathname + url.search);
  if (url.pathname === basePath && basePath !== "") return replyRedirect(res, `${basePath}/`);
  if (!url.pathname.startsWith(`${basePath}/`)) return notFound(parts, req, res);
  const path = url.pathname.slice(basePath.length);
  if (req.method === "POST" && req.headers["sec-fetch-site"] === "cross-site") {
    return replyJson(res, 403, { error: "cross-site form refused" });
  }
  if (path === "/") return home(parts, req, res);
  if (path === "/assets/style.css") return asset(res, "text/css", stylesheet);
  if (path === "/assets/page.js") return asset(res, "text/javascript", script);
  if (path === "/personas/switch" && req.method === "POST") return flip(parts, req, res);
  if (!(await parts.identity.handle(req, res, path, url.searchParams))) notFound(parts, req, res);
}

function home(parts: ServerParts, req: IncomingMessage, res: ServerResponse): void {
  const { basePath, settings } = parts.identity.context;
  const ports = parts.mailPorts();
  const reach: Reach = {
    clientId: registration.clientId,
    clientSecret: registration.clientSecret,
    loginUrl: settings.publicUrl,
    ...(ports === undefined
      ? {}
      : {
          imap: `127.0.0.1:${ports.imapPort}`,
          smtp: `127.0.0.1:${ports.smtpPort}`,
          ...(ports.popPort === undefined ? {} : { pop: `127.0.0.1:${ports.popPort}` }),
          graph: parts.graphUrl,
        }),
  };
  replyPage(res, {
    status: 200,
    html: homePage({ language: languageOf(req), basePath, reach, switches: parts.switches }),
  });
}

function asset(res: ServerResponse, type: string, text: string): void {
  res.writeHead(200, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "max-age=300",
    "x-content-type-options": "nosniff",
  });
  res.end(text);
}

/** A switch of the index: sets it and goes back to the persona it stands at. */
async function flip(
  { identity, switches }: ServerParts,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const form = await readForm(req);
  const persona = personas.find(({ id }) => id === form.get("persona"));
  const set = form.get("set");
  if (persona === undefined || (set !== "imap" && set !== "pop" && set !== "ready"))
    return replyJson(res, 400, { error: "no such switch" });
  switches.set(persona, { [set]: form.get("on") === "yes" });
  replyRedirect(res, `${identity.context.basePath}/#${persona.id}`);
}

function notFound(parts: ServerParts, req: IncomingMessage, res: ServerResponse): void {
  message(parts, req, res, 404, "notFoundTitle", "notFoundLead");
}

function message(
  { identity }: ServerParts,
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  title: "notFoundTitle" | "errorTitle",
  lead: "notFoundLead" | "sessionLost" | "serverError",
): void {
  const language = languageOf(req);
  const words = wordsOf(language);
  const { basePath } = identity.context;
  replyPage(res, {
    status,
    html: messagePage({ language, basePath, title: words[title], lead: words[lead] }),
  });
}

function fail(parts: ServerParts, req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy();
    parts.onError(error);
  } else if (error instanceof BodyTooLarge) {
    replyJson(res, 413, { error: error.message });
  } else if (error instanceof Error && error.name === "SessionNotFound") {
    message(parts, req, res, 400, "errorTitle", "sessionLost");
  } else {
    parts.onError(error);
    message(parts, req, res, 500, "errorTitle", "serverError");
  }
}
