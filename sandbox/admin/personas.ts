/** The admin's hand on the personas: their switches, and refusals at will. */

import type { ServerResponse } from "node:http";
import { replyJson } from "../http/reply.ts";
import { refusals } from "../identity/refusals.ts";
import { personas, type Persona } from "../personas.ts";
import type { SwitchState } from "../switches.ts";
import type { AdminContext } from "./admin.ts";

const steps: ReadonlySet<unknown> = new Set(["authorize", "redeem", "refresh", "device"]);
const switchNames = ["imap", "pop", "ready"] as const;

export function listPersonas({ switches }: AdminContext, res: ServerResponse): void {
  const listed = personas.map(({ password: _password, ...persona }) => ({
    ...persona,
    switches: switches.stateOf(persona as Persona),
  }));
  replyJson(res, 200, { personas: listed });
}

export function setReadyAfter({ switches }: AdminContext, res: ServerResponse, body: unknown): void {
  const ms = fieldOf(body, "ms");
  if (typeof ms !== "number" || !(ms >= 0)) return replyJson(res, 400, { error: "ms must be a number" });
  switches.setReadyAfter(ms);
  replyJson(res, 200, { done: true });
}

/** Each answers with what is wrong about the call, or with nothing. */
export const changePersona = {
  "/admin/personas/switch": ({ switches }: AdminContext, persona: Persona, body: unknown): string | void => {
    const switched: Partial<SwitchState> = {};
    for (const name of switchNames) {
      const value = fieldOf(body, name);
      if (value === undefined) continue;
      if (typeof value !== "boolean") return `${name} must be a boolean`;
      switched[name] = value;
    }
    switches.set(persona, switched);
  },
  "/admin/personas/refuse": ({ state }: AdminContext, { oid }: Persona, body: unknown): string | void => {
    const [at, refusal, times = 1] = ["at", "refusal", "times"].map((name) => fieldOf(body, name));
    if (typeof at !== "string" || !steps.has(at)) return "at must be authorize, redeem, refresh or device";
    if (typeof refusal !== "string" || refusals[refusal] === undefined) return "no refusal has this key";
    if (typeof times !== "number" || !(times >= 0)) return "times must be a number";
    state.orderRefusal(oid, at, refusal, times);
  },
};

const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
