/** Submission (RFC 6409) as smtp-mail.outlook.com speaks it. */
import { SMTPServer } from "smtp-server";
import type {
  SMTPServerAuthentication,
  SMTPServerDataStream,
  SMTPServerOptions,
  SMTPServerSession,
} from "smtp-server";
import { namesOf, type Persona } from "../../personas.ts";
import type { SmtpTrouble } from "../../personas/persona.ts";
import type { Switches } from "../../switches.ts";
import { behaviourOf } from "../behaviour.ts";
import type { Certificate } from "../certificate.ts";
import { listen } from "../listening.ts";
import type { SignIn } from "../sign-in.ts";
import { sandboxHost } from "../store/delivery.ts";
import type { MailStore } from "../store/mail-store.ts";
import { isFromAccount, submissionOf } from "./submission.ts";

/** Outlook.com's limit for a message with its attachments. */
const largestMessageBytes = 36_700_160;

export type SubmissionOptions = {
  port: number;
  store: MailStore;
  signIn: SignIn;
  switches: Switches;
  now: () => number;
  /** Offers STARTTLS with it. */
  certificate: Certificate | null;
  log: (error: unknown) => void;
};

export type SubmissionFront = { port: number; close(): Promise<void> };

/** Listens on 127.0.0.1; port 0 picks a free one. */
export async function startSubmission(options: SubmissionOptions): Promise<SubmissionFront> {
  const server = new SMTPServer({ ...baseOptions(options), ...handlers(options) });
  server.on("error", options.log);
  const port = await listen(server.server, options.port);
  return {
    port,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function baseOptions({ certificate }: SubmissionOptions): SMTPServerOptions {
  return {
    name: sandboxHost,
    banner: "Microsoft ESMTP MAIL Service ready",
    size: largestMessageBytes,
    authMethods: ["LOGIN", "PLAIN", "XOAUTH2"],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1000,
    disabledCommands: certificate ? [] : ["STARTTLS"],
    ...(certificate ? { key: certificate.key, cert: certificate.cert } : {}),
  };
}

function handlers(options: SubmissionOptions): SMTPServerOptions {
  return {
    onAuth(auth, _session, callback) {
      const answer = authenticate(options.signIn, auth);
      const trouble = answer instanceof SmtpRefusal ? answer : troubleAt(options, answer, "auth");
      if (trouble === null && !(answer instanceof SmtpRefusal)) callback(null, { user: answer.address });
      else callback(trouble);
    },
    onMailFrom(_address, session, callback) {
      callback(troubleAt(options, personaOf(options, session), "mail"));
    },
    onRcptTo(_address, session, callback) {
      callback(troubleAt(options, personaOf(options, session), "rcpt"));
    },
    onData(stream, session, callback) {
      void receive(options, session, stream).then((result) =>
        // oxlint-disable-next-line promise/no-callback-in-promise -- smtp-server speaks callbacks
        result instanceof Error ? callback(result) : callback(null, result),
      );
    },
  };
}

class SmtpRefusal extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

const personaOf = ({ signIn }: SubmissionOptions, { user }: SMTPServerSession): Persona | undefined =>
  signIn.personaOf(user ?? "");

/** The reply that this persona's behaviour has for this stage; null where it has none. */
function troubleAt(
  { switches }: SubmissionOptions,
  persona: Persona | undefined,
  stage: SmtpTrouble["at"],
): SmtpRefusal | null {
  const trouble = persona === undefined ? null : behaviourOf(persona, switches).smtp;
  if (trouble?.at !== stage) return null;
  const [, code = "451", text = ""] = /^(\d{3}) (.*)$/s.exec(trouble.says) ?? [];
  return new SmtpRefusal(Number(code), text);
}

function authenticate(signIn: SignIn, auth: SMTPServerAuthentication): Persona | SmtpRefusal {
  const user = auth.username ?? "";
  if (auth.method === "XOAUTH2") {
    const signedIn = signIn.byToken(user, auth.accessToken ?? "", "SMTP.Send");
    if (signedIn) return signedIn.persona;
    return new SmtpRefusal(535, `5.7.3 Authentication unsuccessful [${sandboxHost}]`);
  }
  const answer = signIn.byPassword(user, auth.password ?? "");
  if (answer === "basic-auth-blocked") {
    const text = "5.7.139 Authentication unsuccessful, basic authentication is disabled.";
    return new SmtpRefusal(535, `${text} [${sandboxHost}]`);
  }
  if (answer === "wrong") return new SmtpRefusal(535, `5.7.3 Authentication unsuccessful [${sandboxHost}]`);
  return answer.persona;
}

/** The text behind 250, or what the client is told instead. */
async function receive(
  options: SubmissionOptions,
  session: SMTPServerSession,
  stream: SMTPServerDataStream,
): Promise<string | Error> {
  try {
    return submit(options, session, await readAll(stream));
  } catch (error) {
    if (error instanceof SmtpRefusal) return error;
    options.log(error);
    return new SmtpRefusal(451, "4.3.2 Service not available");
  }
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  if (stream.sizeExceeded) {
    throw new SmtpRefusal(552, "5.3.4 Message size exceeds fixed maximum message size");
  }
  return Buffer.concat(chunks);
}

/** Files the Sent copy, delivers, and returns the text behind 250. */
function submit(options: SubmissionOptions, session: SMTPServerSession, raw: Buffer): string {
  const { store, now } = options;
  const account = session.user ?? "";
  const persona = personaOf(options, session);
  const refused = troubleAt(options, persona, "data");
  if (refused !== null) throw refused;
  const names = [
    account,
    ...(persona === undefined ? [] : [...namesOf(persona), ...(persona.mayOpen ?? [])]),
  ];
  const envelopeFrom = session.envelope.mailFrom;
  const sender = envelopeFrom ? envelopeFrom.address.toLowerCase() : account;
  if (!names.includes(sender) || !names.some((name) => isFromAccount(raw, name))) {
    const text = "5.7.60 SMTP; Client does not have permissions to send as this sender";
    throw new SmtpRefusal(550, `${text} [SendAsDenied] [Hostname=${sandboxHost}]`);
  }
  // Mail of a shared mailbox is filed with the one who sent it, as at Microsoft by default.
  const mailboxId = store.mailboxId(account);
  if (mailboxId === null) throw new SmtpRefusal(535, "5.7.3 Authentication unsuccessful");
  const { messageId, sentCopy, delivered } = submissionOf(raw, now());
  const sent = store.folders.byRole(mailboxId, "sent");
  store.messages.append(sent.id, { raw: sentCopy, flags: ["\\Seen"], internalDate: now() });
  store.deliver({ to: session.envelope.rcptTo.map((recipient) => recipient.address), raw: delivered });
  return `2.0.0 OK ${messageId} [Hostname=${sandboxHost}]`;
}
