/** The mail about a mailbox that needs somebody, or that became ready: short, in the reader's language, one thing to do. */
import type { Language } from "../findings/types.ts";
import { wordFinding } from "../findings/words.ts";

export interface NoticeFacts {
  address: string;
  workspace: string;
  code: string;
  params: Record<string, string>;
  /** The mailbox's page. */
  url: string;
}

export function needsWords(facts: NoticeFacts, language: Language): { subject: string; text: string } {
  const { address, workspace, url } = facts;
  const { title, cause, steps } = wordFinding({ ...facts, evidence: [] }, language);
  const what = steps[0]?.text ?? "";
  return language === "zh"
    ? {
        subject: `${address} 需要处理：${title}`,
        text: `${cause}\n\n现在可以做的：${what}\n${url}\n\n已导入的邮件都会保留，恢复后从中断处继续。\n此问题只通知一次。可在 ${workspace} 的设置中关闭这类邮件。\n`,
      }
    : {
        subject: `${address} needs you: ${title}`,
        text: `${cause}\n\nWhat now: ${what}\n${url}\n\nThe mail that was imported stays; it goes on where it stopped.\nYou are told once about this. Such mails can be switched off in the settings of ${workspace}.\n`,
      };
}

export function readyWords(
  { address, url }: Pick<NoticeFacts, "address" | "url">,
  language: Language,
): { subject: string; text: string } {
  return language === "zh"
    ? {
        subject: `${address} 已就绪`,
        text: `邮箱现在可以打开了，收件箱和已发送文件夹已开始导入。您无需任何操作。\n${url}\n`,
      }
    : {
        subject: `${address} is ready`,
        text: `The mailbox opens now, and its Inbox and Sent folders are being imported. You need not do anything.\n${url}\n`,
      };
}
