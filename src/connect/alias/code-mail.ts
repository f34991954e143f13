/** The mail whose arrival proves an alias, and who sends it: another mailbox of the workspace, else the account itself. */
import { randomInt } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { composeMessage } from "../../protocol/mime/compose.ts";
import type { MailSender } from "../../protocol/mail-sender.ts";

/** Without letters and digits that look alike. */
const letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** What the mail is known by: nobody else can write it before having read it. */
export const newCode = (): string =>
  Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join("");

export const codeSubject = (code: string): string => `Hitchpost address check ${code}`;

const words = (wanted: string): string => `This mail shows that ${wanted} is another name of your mailbox.
Hitchpost is looking for it right now; you need not do anything, and may delete it.
If you have not just connected this address, ignore it.

这封邮件用于确认 ${wanted} 是您邮箱的另一个地址。
Hitchpost 正在查找它，您无需任何操作，可以删除。
如果您刚才没有连接此地址，请忽略。
`;

export interface CodeMail {
  from: string;
  /** The address that may be an alias. */
  wanted: string;
  subject: string;
}

/** @throws what the sender throws when the mail did not leave */
export async function sendCodeMail(
  sender: MailSender,
  clock: Clock,
  { from, wanted, subject }: CodeMail,
  signal: AbortSignal,
): Promise<void> {
  const raw = await composeMessage({
    from: { name: "Hitchpost", address: from },
    to: [{ name: "", address: wanted }],
    cc: [],
    bcc: [],
    subject,
    text: words(wanted),
    html: null,
    inReplyTo: null,
    references: [],
    messageId: `<address-check.${clock.now()}.${newCode().toLowerCase()}@${from.slice(from.lastIndexOf("@") + 1)}>`,
    dateMs: clock.now(),
    attachments: [],
  });
  try {
    await sender.send(raw, { from, to: [wanted] }, () => undefined, signal);
  } finally {
    await sender.close().catch(() => undefined); // it was sent, or the failure is under way
  }
}
