/** Findings of addresses that are not the account's own name: aliases and shared mailboxes. */
import { fact, nothing, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const otherNameFindings = {
  alias_unproved: {
    severity: "blocking",
    who: "you",
    title: text("It could not be shown to be the same mailbox", "无法确认是同一个邮箱"),
    cause: text(
      "No mail to {wanted} stands in the mailbox of {signedIn}, and the mail that we sent to {wanted} did not arrive there.",
      "{signedIn} 的邮箱里没有发往 {wanted} 的邮件，我们发往 {wanted} 的邮件也没有在那里出现。",
    ),
    steps: [
      {
        text: text("Sign in again as {wanted}", "以 {wanted} 重新登录"),
        detail: text(
          "Microsoft will ask which account to use. Choose “Use another account” if it is not listed.",
          "微软会询问使用哪个账户。如果列表里没有，请选择“使用其他账户”。",
        ),
        action: "sign_in_again",
      },
      {
        text: text("Or look once more", "或再检查一次"),
        detail: text(
          "Mail can be late. If it arrives in the mailbox of {signedIn}, that is the proof.",
          "邮件可能会延迟。只要它出现在 {signedIn} 的邮箱里，就能证明。",
        ),
        action: "prove_alias",
        when: "alias",
      },
    ],
    meanwhile: text(
      "Nothing of {signedIn} was stored. Its permission is kept for 15 minutes at most, while you decide.",
      "我们没有保存 {signedIn} 的任何内容；它的授权最多保留 15 分钟，供您决定。",
    ),
    recheckMinutes: null,
    ...fact("no mail to the address in the mailbox, and none arrives", "Hitchpost", "account_mismatch"),
  },
  shared_mailbox_refused: {
    severity: "blocking",
    who: "admin",
    title: text("This account may not open the shared mailbox", "此账户无权打开该共享邮箱"),
    cause: text(
      "{signedIn} signed in, but Microsoft does not let it open {wanted}: it has no full access to that mailbox, or IMAP is off there.",
      "{signedIn} 已登录，但微软不允许它打开 {wanted}：它没有该邮箱的完全访问权限，或该邮箱未开启 IMAP。",
    ),
    steps: [
      {
        text: text("Have an administrator give {signedIn} access", "请管理员为 {signedIn} 授权"),
        detail: text(
          "Exchange admin center › Recipients › Mailboxes › {wanted} › Delegation: “Read and manage” and “Send as”. It takes up to an hour to work.",
          "Exchange 管理中心 › 收件人 › 邮箱 › {wanted} › 委派：“读取和管理”与“代理发送”。最长一小时后生效。",
        ),
        link: "https://admin.exchange.microsoft.com/#/mailboxes",
        action: "open_link",
      },
      { text: text("Test again", "重新测试"), action: "test_again" },
      {
        text: text("Or sign in as somebody who may open it", "或用有权限的账户登录"),
        action: "sign_in_again",
      },
    ],
    meanwhile: nothing,
    recheckMinutes: 60,
    ...fact(
      "a delegate's token is refused for the shared mailbox; Graph ErrorAccessDenied there",
      "Microsoft Exchange, FullAccess; reports: nextcloud/mail#13668, freescout#2171",
      "principal_mismatch",
      "token_refused",
      "imap_not_open",
    ),
  },
} as const satisfies Record<string, FindingKind>;
