/** The web page: built files with long-lived caching, and the one HTML document for every other path. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { HitchpostError } from "../../core/errors.ts";
import type { MethodsOf } from "../allowed-methods.ts";
import type { ApiDeps } from "../deps.ts";
import type { Api } from "../server.ts";

/** No foreign origin, no inline script; mail is shown in frames of this origin that carry their own policy. */
const pagePolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const apiPaths = /^\/(v1|api|sandbox|assets|oauth|healthz|readyz|metrics|openapi\.json)(\/|$)/;

export async function registerPages(app: Api, deps: ApiDeps, methodsOf: MethodsOf): Promise<void> {
  const root = deps.webRoot;
  if (root !== null && existsSync(join(root, "assets"))) {
    await app.register(fastifyStatic, {
      root: join(root, "assets"),
      prefix: "/assets/",
      immutable: true,
      maxAge: "365d",
      index: false,
      preCompressed: true, // the build wrote a .br and a .gz beside each script and style
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const isReading = request.method === "GET" || request.method === "HEAD";
    const isPage = isReading && !apiPaths.test(request.url) && root !== null;
    if (!isPage) {
      const path = request.url.split("?")[0] ?? "";
      const allowed = methodsOf(path);
      if (allowed.length === 0)
        throw new HitchpostError("not_found", `Nothing answers to ${request.method} ${path}.`);
      void reply.header("allow", allowed.join(", "));
      throw new HitchpostError("method_not_allowed", `${path} does not take ${request.method}.`);
    }
    const elsewhere = canonicalAddress(request.headers.host ?? "", request.url, deps.publicUrl);
    if (elsewhere !== null) return reply.redirect(elsewhere, 302);
    return reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", pagePolicy)
      .header("cache-control", "no-cache")
      .send(createReadStream(join(root, "index.html")));
  });
}

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Where a page should rather be opened: with `http://localhost:3000` as the public address, `http://127.0.0.1:3000` is
 * another origin to the browser, and the way back from Microsoft would find no session. Null when it is right as it is.
 */
export function canonicalAddress(host: string, path: string, publicUrl: string): string | null {
  const own = new URL(publicUrl);
  const asked = URL.parse(`http://${host}`);
  if (!asked || asked.host === own.host) return null;
  const bothLoopback = loopbackNames.has(asked.hostname) && loopbackNames.has(own.hostname);
  return bothLoopback && asked.port === own.port ? `${own.origin}${path}` : null;
}
