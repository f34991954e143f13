/** Conversations as scripts: who says what when; from them come messages with quotes and References. */
import { rfc5322Date } from "../mime/dates.ts";
import { sandboxHost } from "../store/delivery.ts";
import type { SeedCharset } from "./charsets.ts";
import type { SeedFile } from "./files.ts";
import { assemble, fileNode, headerText, mailbox, multipart, textNode } from "./mime-builder.ts";
import type { Node } from "./mime-builder.ts";
import { receivedFlags } from "./planned-mail.ts";
import type { PlannedMail, SeedContext } from "./planned-mail.ts";
import { withQuote } from "./quoting.ts";
import type { MailProgram, Quoted } from "./quoting.ts";
import { hourMs } from "./planned-mail.ts";

export type Correspondent = { name: string; address: string; program: MailProgram };

export type Turn = {
  by: "them" | "us";
  /** Hours after the turn before. */
  after: number;
  text: string;
  files?: SeedFile[];
  /** A picture shown in the text. */
  picture?: SeedFile;
};

export type Script = {
  with: Correspondent;
  cc?: Correspondent;
  subject: string;
  /** Hours before the first start at which the first turn was sent. */
  hoursAgo: number;
  turns: Turn[];
  charset?: SeedCharset;
  /** Sends text only, as some programs do. */
  plain?: boolean;
  folder?: string;
  flagged?: boolean;
  /** Everything is read, however new. */
  read?: boolean;
};

type Said = { id: string; quoted: Quoted };

/** All messages of a script; a turn that would lie in the future is left unsaid. */
export function playScript(context: SeedContext, script: Script): PlannedMail[] {
  const mails: PlannedMail[] = [];
  const said: Said[] = [];
  let date = context.now - script.hoursAgo * hourMs;
  for (const [index, turn] of script.turns.entries()) {
    date += turn.after * hourMs + context.random.whole(0, 180) * 1000;
    if (date >= context.now) break;
    const { raw, quoted, id } = compose(context, script, { turn, date, said });
    const answered = script.turns.slice(index + 1).some((later) => later.by === "us");
    const flags = turn.by === "us" ? ["\\Seen"] : receivedFlags(context, date, answered);
    if (script.read && !flags.includes("\\Seen")) flags.unshift("\\Seen");
    if (script.flagged && index === 0) flags.push("\\Flagged");
    const received = script.folder ? { name: script.folder } : ("inbox" as const);
    mails.push({ folder: turn.by === "us" ? "sent" : received, date, flags, raw });
    said.push({ id, quoted });
  }
  return mails;
}

type Moment = { turn: Turn; date: number; said: readonly Said[] };

function compose(
  context: SeedContext,
  script: Script,
  moment: Moment,
): { raw: Buffer; quoted: Quoted; id: string } {
  const { turn, date, said } = moment;
  const us = { name: context.owner.name, address: context.owner.address, program: "outlook" as const };
  const [from, to] = turn.by === "us" ? [us, script.with] : [script.with, us];
  const subject = said.length === 0 ? script.subject : `Re: ${script.subject}`;
  const previous = said.at(-1)?.quoted ?? null;
  const bodies = withQuote(from.program, turn.text, previous);
  const picture = turn.picture
    ? `<p><img src="cid:picture-${said.length}@mail" alt="${turn.picture.name}"></p>`
    : "";
  const html = bodies.html.includes("</div>")
    ? bodies.html.replace("</div>", `${picture}</div>`)
    : bodies.html + picture;
  const id = messageIdOf(context, from.program, from.address);
  const charset = script.charset ?? "utf-8";
  const headers = [
    `From: ${mailbox(from.name, from.address, charset)}`,
    `To: ${mailbox(to.name, to.address, charset)}`,
    ...(script.cc ? [`Cc: ${mailbox(script.cc.name, script.cc.address, charset)}`] : []),
    `Subject: ${headerText(subject, charset)}`,
    `Date: ${rfc5322Date(date, offsetOf(script, turn))}`,
    `Message-ID: ${id}`,
    ...references(said),
    ...programHeaders(from.program),
  ];
  const raw = assemble(headers, bodyNode(context, script, turn, { text: bodies.text, html }));
  const quoted = {
    ...from,
    to: `${to.name} <${to.address}>`,
    subject,
    date,
    text: bodies.text,
    html: bodies.html,
  };
  return { raw, quoted, id };
}

function bodyNode(
  context: SeedContext,
  script: Script,
  turn: Turn,
  bodies: { text: string; html: string },
): Node {
  const boundary = (kind: string): string => `--=_${kind}_${context.random.hex(16)}`;
  const charset = script.charset ?? "utf-8";
  const text = textNode("plain", bodies.text, charset);
  const html = textNode("html", bodies.html, charset);
  const alternative = script.plain ? text : multipart("alternative", boundary("alt"), [text, html]);
  const picture = turn.picture;
  const body = picture
    ? multipart("related", boundary("rel"), [alternative, fileNode(picture, contentIdOf(bodies.html))])
    : alternative;
  if (!turn.files || turn.files.length === 0) return body;
  return multipart("mixed", boundary("mix"), [body, ...turn.files.map((file) => fileNode(file))]);
}

function contentIdOf(html: string): string {
  return /cid:([^"]+)"/.exec(html)?.[1] ?? "picture@mail";
}

function messageIdOf(context: SeedContext, program: MailProgram, address: string): string {
  const { random } = context;
  const own = address === context.owner.address;
  if (own || program === "outlook") return `<${random.hex(40).toUpperCase()}@${sandboxHost}>`;
  if (program === "gmail") return `<CA+${random.hex(42)}@mail.gmail.example>`;
  const id = random
    .hex(32)
    .toUpperCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return `<${id}@${address.split("@")[1] ?? "mail.example"}>`;
}

function references(said: readonly Said[]): string[] {
  const last = said.at(-1);
  if (!last) return [];
  return [`In-Reply-To: ${last.id}`, `References: ${said.map((one) => one.id).join("\r\n ")}`];
}

function programHeaders(program: MailProgram): string[] {
  if (program === "apple") return ["X-Mailer: Apple Mail (2.3826.700.81)"];
  if (program === "outlook") return ["Thread-Index: AQHcVm9sbG93", "Accept-Language: en-GB, en-US"];
  return [];
}

/** Minutes east of UTC where the author lives, told by the charset of the conversation. */
function offsetOf(script: Script, turn: Turn): number {
  if (turn.by === "us") return 0;
  if (script.charset === "gbk" || script.charset === "gb2312") return 480;
  if (script.charset === "iso-2022-jp") return 540;
  if (script.charset === "windows-1256") return 180;
  return script.with.program === "gmail" ? -300 : 60;
}
