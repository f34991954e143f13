/** Findings of sending. Tone: what happened, why, what now; no blame, no jargon. */
import { by, every, fact, from, idle, pages, signInAgain, step, testAgain, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const sendingFindings = {
  sending_refused: {
    ...by("you"),
    title: text("Reading works, sending does not", "可以收信，但不能发信"),
    cause: text(
      "{host} refuses to send for {wanted}: its own answer stands below.",
      "{host} 拒绝为 {wanted} 发信，其回复见下方。",
    ),
    steps: [
      step(text("Check the settings for sending", "检查发信设置"), { action: "sign_in_again" }),
      testAgain,
    ],
    ...every(60),
    ...fact("any other 5xx of SMTP", "RFC 5321 4.2.1"),
  },
  smtp_auth_disabled: {
    ...by("admin"),
    title: text("Sending by programs is switched off", "已禁止程序发信"),
    cause: text(
      "The organization of {wanted} has “Authenticated SMTP” off, for all or for this mailbox.",
      "{wanted} 所在的组织对全体或此邮箱关闭了“经过身份验证的 SMTP”。",
    ),
    steps: [
      step(text("Ask the admin to switch “Authenticated SMTP” on", "请管理员开启“经过身份验证的 SMTP”"), {
        detail: text(
          "Users › Active users › the user › Mail › Manage email apps. “Security defaults” switch it off, too.",
          "用户 › 活动用户 › 该用户 › 邮件 › 管理电子邮件应用。“安全默认值”也会将其关闭。",
        ),
        link: pages.smtpAuth,
      }),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "535 5.7.139 “SmtpClientAuthentication is disabled for the Tenant” or “Mailbox”",
      `${from.submission}; report: email-oauth2-proxy#193`,
      "sending_refused",
    ),
  },
  smtp_token_refused: {
    ...by("you"),
    title: text("The sending server does not accept the sign-in", "发信服务器不接受登录"),
    cause: text(
      "{host} refuses the sign-in of {wanted}; where reading works, the user name is most often not the account's main name.",
      "{host} 拒绝了 {wanted} 的登录；如果收信正常，通常是用户名不是账户的主名称。",
    ),
    steps: [
      step(text("Sign in again by the account's main name", "用账户的主名称重新登录"), {
        action: "sign_in_again",
      }),
      step(text("Check that “Authenticated SMTP” is on", "确认“经过身份验证的 SMTP”已开启"), {
        link: pages.smtpAuth,
      }),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "535 5.7.3 Authentication unsuccessful",
      "Reports: chatwoot#14522, MailKit#1770",
      "sending_refused",
    ),
  },
  smtp_not_signed_in: {
    ...by("you"),
    title: text("The sending server wants a sign-in", "发信服务器要求登录"),
    cause: text(
      "The mail was handed to {host} without a sign-in before it.",
      "邮件在未登录的情况下交给了 {host}。",
    ),
    steps: [
      step(
        text(
          "Switch on sign-in and encryption for sending: port 587 or 465",
          "为发信启用登录和加密：端口 587 或 465",
        ),
        { action: "sign_in_again" },
      ),
    ],
    ...idle,
    ...fact(
      "530 5.7.57, 530 5.7.0; 550 5.7.1 relaying denied",
      `RFC 4954 6; ${from.submission}`,
      "sending_refused",
    ),
  },
  send_as_denied: {
    ...by("you"),
    title: text("The sender is not this account", "发件人不是此账户"),
    cause: text(
      "{host} sends only from addresses that belong to the account that signed in.",
      "{host} 只允许用登录账户自己的地址发信。",
    ),
    steps: [
      step(text("Send from the account's own address", "使用账户自己的地址发信")),
      step(text("Or ask the admin for “Send as”", "或请管理员授予“代理发送”权限"), {
        link: pages.exchangeAdmin,
      }),
    ],
    ...idle,
    ...fact(
      "550 5.7.60, 554 5.2.252 SendAsDenied; Graph ErrorSendAsDenied; 501 “mail from address must be same as authorization user”",
      "Microsoft, “Email non-delivery reports”; report: gophish#2900",
      "sending_refused",
    ),
  },
  sender_blocked: {
    ...by("admin"),
    title: text("Microsoft has stopped this sender", "微软已禁止该发件人发信"),
    cause: text(
      "Mail of {wanted} was taken for spam, so Microsoft does not let it send.",
      "{wanted} 的邮件被视为垃圾邮件，因此微软禁止其发信。",
    ),
    steps: [
      step(text("Change the password first: the account may be misused", "先更改密码：账户可能被盗用"), {
        link: pages.microsoftSecurity,
      }),
      step(
        text("Then the admin removes it from “Restricted entities”", "然后由管理员将其从“受限实体”中移除"),
        { link: pages.restricted },
      ),
    ],
    ...every(360),
    ...fact(
      "550 5.1.8 “bad outbound sender”",
      "Microsoft, “Remove blocked users from the Restricted entities page”",
      "sending_refused",
    ),
  },
  sender_unverified: {
    ...by("you"),
    title: text("Outlook.com wants the account verified before it sends", "发信前 Outlook.com 要求验证账户"),
    cause: text(
      "New accounts, and those that sent much, must prove that a person is behind {wanted}.",
      "新账户或发信较多的账户，须证明 {wanted} 由真人使用。",
    ),
    steps: [
      step(
        text(
          "Sign in at outlook.com, send a mail there, verify by phone",
          "登录 outlook.com，在那里发一封邮件并验证手机",
        ),
        { link: pages.outlook },
      ),
      testAgain,
    ],
    ...every(360),
    ...fact(
      "554 5.2.0 OutboundSpamException, WASCL; Graph ErrorMessageSubmissionBlocked",
      "Report: nodemailer#1486",
      "sending_refused",
    ),
  },
  sending_quota: {
    ...by("time"),
    title: text("The day's limit for sending is reached", "已达到当日发信上限"),
    cause: text(
      "{wanted} has sent to as many people as its provider allows in a day.",
      "{wanted} 已达到服务商规定的每日收件人上限。",
    ),
    steps: [step(text("Wait until tomorrow; send less at a time", "请等到明天，并减少每次发送的数量"))],
    ...every(360),
    ...fact(
      "554 5.2.0 SubmissionQuotaExceeded; 550 5.4.5 Daily user sending limit",
      `${from.submission}; Google, “Gmail sending limits”`,
      "sending_refused",
    ),
  },
  message_too_large: {
    ...by("you"),
    title: text("The message is too large", "邮件过大"),
    cause: text("{host} takes no message of this size.", "{host} 不接受这么大的邮件。"),
    steps: [step(text("Take attachments out, or send a link to them", "移除附件，或改发链接"))],
    ...idle,
    ...fact(
      "552 5.3.4; 552 5.2.3; Graph ErrorMessageSizeExceeded",
      "RFC 1870 6; RFC 3463 3.4",
      "sending_refused",
    ),
  },
  recipient_refused: {
    ...by("you"),
    title: text("A recipient's address does not exist", "收件人地址不存在"),
    cause: text(
      "The server does not know one of the addresses; it went to nobody.",
      "服务器不认识其中一个地址，邮件没有发给任何人。",
    ),
    steps: [step(text("Correct the address and send again", "更正地址后重新发送"))],
    ...idle,
    ...fact("550 5.1.1, 5.1.10; “user unknown”", "RFC 3463 3.2", "sending_refused"),
  },
  smtp_sign_in_policy: {
    ...by("admin"),
    title: text("Sending is refused by a policy", "发信被策略拒绝"),
    cause: text("A rule at {host} forbids this sign-in for sending.", "{host} 的规则禁止此次发信登录。"),
    steps: [
      step(text("Ask the admin which rule it is", "请管理员确认是哪条规则"), { link: pages.entraPolicies }),
      signInAgain,
    ],
    ...every(360),
    ...fact("535 5.7.139 with other words", from.submission, "sending_refused"),
  },
} as const satisfies Record<string, FindingKind>;
