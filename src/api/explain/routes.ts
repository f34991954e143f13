/** Explain, in the language of who asks. */
import { explainInDetail } from "../../connect/doctor/explain.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { languageFor } from "../language.ts";
import type { Api } from "../server.ts";
import { explainOperations } from "./schema.ts";

export function registerExplainRoutes(app: Api, deps: ApiDeps): void {
  handle(app, deps, explainOperations.explainError, async ({ body, request, who }) => ({
    findings: explainInDetail({
      text: body.text,
      step: body.step ?? null,
      kind: body.kind ?? null,
      language: languageFor(request, who),
    }),
  }));
}
