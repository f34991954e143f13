/** Which methods an address takes, so that a wrong method is told apart from a wrong address (RFC 9110 15.5.6). */
import type { Api } from "./server.ts";

/** Methods of the routes that answer to a path, in the alphabet's order; empty when none does. */
export type MethodsOf = (path: string) => string[];

/** A route's pattern as an expression: `:id` stands for one part of the path. */
const expressionOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll(/[.+?()]/g, "\\$&").replaceAll(/:\w+/g, "[^/]+")}$`);

/** From now on notes every route that is registered, but those for all that lies below a path. */
export function recordMethods(app: Api): MethodsOf {
  const routes: { method: string; expression: RegExp }[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    if (url.includes("*")) return;
    const expression = expressionOf(url);
    for (const one of [method].flat()) routes.push({ method: one, expression });
  });
  return (path) => {
    const fitting = routes.filter(({ expression }) => expression.test(path));
    return [...new Set(fitting.map(({ method }) => method))].toSorted();
  };
}
