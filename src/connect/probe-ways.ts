/** How the doctor's probes reach a mailbox's servers. */
import { observationsOf } from "./doctor/look.ts";
import type { FurtherInput } from "./doctor/probes.ts";
import type { ConnectParts, ReadPlace } from "./parts.ts";

/** A look at the server that a mailbox is read from; Graph is looked at by its own answers. */
export function lookWay(
  parts: Pick<ConnectParts, "lookAt">,
  place: ReadPlace | null,
): Pick<FurtherInput, "look"> {
  if (place === null || "url" in place) return {};
  const protocol = place.transport ?? "imap";
  const { host, port, security } = place;
  return {
    look: async (timeoutMs) =>
      observationsOf(await parts.lookAt({ host, port, security }, protocol, { timeoutMs }), protocol),
  };
}
