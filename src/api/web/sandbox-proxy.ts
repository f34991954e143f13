/** Serves the sandbox's pages under the product's own origin, so that a trial works from another machine. */
import proxy from "@fastify/http-proxy";
import type { Api } from "../server.ts";

/** @param sandbox.prefix path of the sandbox, `/sandbox`; kept when the request is handed on */
export async function registerSandboxProxy(
  app: Api,
  sandbox: { prefix: string; target: () => string },
): Promise<void> {
  await app.register(proxy, {
    upstream: "", // asked for with each request: a sandbox that was started again has another port
    prefix: sandbox.prefix,
    rewritePrefix: sandbox.prefix,
    http: { requestOptions: { timeout: 20_000 } },
    disableRequestLogging: true,
    replyOptions: {
      getUpstream: sandbox.target,
      rewriteRequestHeaders: (request, headers) => ({
        ...headers,
        "x-forwarded-host": request.headers.host ?? "",
        "x-forwarded-proto": request.protocol,
      }),
    },
  });
}
