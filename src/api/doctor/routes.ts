/** The doctor for an address that is not connected, in the language of who asks. */
import { diagnoseAddress } from "../../connect/diagnose-address.ts";
import { countContactOf } from "../contact.ts";
import type { ApiDeps } from "../deps.ts";
import { handle } from "../handle.ts";
import { languageFor } from "../language.ts";
import { presentLooseFinding } from "../mailboxes/present.ts";
import type { Api } from "../server.ts";
import { doctorOperations } from "./schema.ts";

export function registerDoctorRoutes(app: Api, deps: ApiDeps): void {
  handle(app, deps, doctorOperations.diagnoseAddress, async ({ who, body, request }) => {
    await countContactOf(deps, who, "doctor");
    const { connect, lookUpSettings, clock } = deps;
    const parts = { connect: connect.parts, lookUpSettings, clock };
    const { findings, ...told } = await diagnoseAddress(parts, body.address);
    const language = languageFor(request, who);
    const at = new Date(clock.now());
    const presented = findings.map((one) => presentLooseFinding(one, language, at));
    return {
      ...told,
      address: body.address,
      healthy: presented.length === 0,
      finding: presented[0] ?? null,
      findings: presented,
    };
  });
}
