/** A look at a server, as observations: what a port says stands where its sign-in would. Pure. */
import type { Seen, SpokenProtocol } from "../../protocol/net/look.ts";
import type { Observation, ProbeName } from "./observation.ts";

const signIn: Record<SpokenProtocol, ProbeName> = { imap: "imap_sign_in", pop3: "pop", smtp: "smtp" };

/** The steps of a look in their order, as the doctor weighs them. */
export const observationsOf = (seen: readonly Seen[], protocol: SpokenProtocol): Observation[] =>
  seen.map(({ at, ok, answer, ipv4 }) => ({
    probe: at === "greeting" ? signIn[protocol] : at,
    ok,
    ...(answer === "" ? {} : { answer }),
    ...(ipv4 === true ? { retry: "ipv4" as const } : {}),
  }));
