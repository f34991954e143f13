/** The mail half of the sandbox: mailboxes of all personas, with IMAP, POP3, SMTP and Graph in front, as Outlook.com. */
import { mkdir } from "node:fs/promises";
import { systemClock } from "../clock.ts";
import type { StartedMail, StartMailOptions as ContractOptions } from "../contract.ts";
import { personas as allPersonas } from "../personas.ts";
import type { Persona } from "../personas.ts";
import { openSwitches } from "../switches.ts";
import { sandboxCertificate } from "./certificate.ts";
import { startImapFront } from "./imap/server.ts";
import { createGraph } from "../graph/graph.ts";
import { startPopFront } from "./pop3/server.ts";
import { SignIn } from "./sign-in.ts";
import { startSubmission } from "./smtp/server.ts";
import { MailStore } from "./store/mail-store.ts";
import type { SeedMailbox } from "./store/mail-store.ts";
import { seedFor } from "./seed/seed.ts";

export type StartMailOptions = ContractOptions & {
  personas?: readonly Persona[];
  /** `tls` is implicit TLS with the sandbox's own certificate. Default `none`: it is loopback. */
  imapSecurity?: "none" | "tls";
  /** Default `none`: STARTTLS is offered where there is a certificate, and not asked for. */
  smtpSecurity?: "none" | "starttls";
  /** What a new mailbox holds. */
  seed?: (persona: Persona) => SeedMailbox;
  /** Hears of failures inside the sandbox. */
  log?: (error: unknown) => void;
};

export type RunningMail = Omit<StartedMail, "store"> & {
  store: MailStore;
  /** The certificate that clients must trust; null where TLS is not spoken. */
  caFile: string | null;
};

/** Starts on 127.0.0.1. Throws when a port is taken or the data directory cannot be written. */
export async function startMail(options: StartMailOptions): Promise<RunningMail> {
  await mkdir(options.dataDir, { recursive: true });
  const clock = options.clock ?? systemClock;
  const now = (): number => clock.now();
  const personas = options.personas ?? allPersonas;
  const log = options.log ?? ((error: unknown) => console.error("sandbox mail:", error));
  const secure = options.imapSecurity === "tls" || options.smtpSecurity === "starttls";
  const certificate = secure ? await sandboxCertificate(options.dataDir) : null;
  if (secure && !certificate) throw new Error("the sandbox needs the openssl command to speak TLS");
  const store = new MailStore(options.dataDir, now);
  const seed = options.seed ?? seedFor;
  for (const persona of personas) store.ensureMailbox(persona, seed(persona));
  const switches = options.switches ?? openSwitches(options.dataDir, clock);
  store.onArrival = (address) => {
    const persona = personas.find((one) => one.address === address);
    if (persona?.trouble?.notReady === true) switches.set(persona, { ready: true });
  };
  const signIn = new SignIn(personas, options.tokens, now);
  const imapCertificate = options.imapSecurity === "tls" ? certificate : null;
  const common = { store, signIn, switches, now, log };
  const imap = await startImapFront({ ...common, port: options.imapPort, certificate: imapCertificate });
  const smtpCertificate = options.smtpSecurity === "starttls" ? certificate : null;
  const smtp = await startSubmission({ ...common, port: options.smtpPort, certificate: smtpCertificate });
  const pop = await startPopFront({ ...common, port: options.popPort ?? 0 });
  const graph =
    options.graphUrl === undefined
      ? null
      : createGraph({
          ...common,
          personas,
          tokens: options.tokens,
          graphUrl: options.graphUrl,
          dataDir: options.dataDir,
        });
  return {
    graph: graph?.handle,
    control: graph?.control,
    imapPort: imap.port,
    smtpPort: smtp.port,
    popPort: pop.port,
    store,
    caFile: certificate?.caFile ?? null,
    async close() {
      graph?.stop();
      await Promise.all([imap.close(), smtp.close(), pop.close()]);
      store.close();
    },
  };
}
