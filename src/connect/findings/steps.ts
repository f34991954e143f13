/** Steps and sentences that several findings share. */
import type { Step, Text } from "./types.ts";

export const text = (en: string, zh: string): Text => ({ en, zh });

export const testAgain: Step = { text: text("Test again", "重新测试"), action: "test_again" };
export const signInAgain: Step = {
  text: text("Sign in again", "重新登录"),
  detail: text("Nothing that was imported is lost.", "已导入的内容不会丢失。"),
  action: "sign_in_again",
};
export const nothing = text("Nothing until you act.", "在您操作之前，我们不会做任何事。");
export const retrying = text("We try again by ourselves.", "我们会自动重试。");
export const dataKept = text(
  "Your mail here stays; we go on where we stopped.",
  "这里的邮件都会保留，恢复后从中断处继续。",
);
