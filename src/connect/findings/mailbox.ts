/** Findings of reading: IMAP, POP and Graph, between the sign-in and the folders. Tone: what happened, why, what now; no blame, no jargon. */
import {
  by,
  every,
  fact,
  from,
  idle,
  keeping,
  pages,
  signInAgain,
  step,
  testAgain,
  text,
  useGraph,
  useGraphToKnow,
  useOfficial,
} from "./steps.ts";
import type { FindingKind } from "./types.ts";

const switchOn = (what: "IMAP" | "POP") =>
  step(text(`Switch ${what} on`, `开启 ${what}`), {
    detail: text(
      `Outlook › Settings › Mail › Forwarding and IMAP › “Let devices and apps use ${what}”, then save.`,
      `Outlook › 设置 › 邮件 › 转发和 IMAP › “允许设备和应用使用 ${what}”，然后保存。`,
    ),
    link: pages.imapSwitch,
  });
/** The same answer comes of IMAP switched off and of a mailbox that was never used. */
const byGraph = [useGraphToKnow, { ...useGraph, unless: "perhaps" }];
const useItOnce = step(text("Is the mailbox new? Use it once", "邮箱是新的？请先使用一次"), {
  detail: text(
    "Open it at outlook.com and send a mail to yourself; a new mailbox can take from minutes to a few days.",
    "在 outlook.com 打开它，并给自己发一封邮件；新邮箱可能需要几分钟到几天。",
  ),
  link: pages.outlook,
  when: "perhaps",
});
const orNew = {
  title: text(
    "The mailbox does not open yet: IMAP is off, or it is new",
    "邮箱暂时打不开：IMAP 未开启，或是新邮箱",
  ),
  cause: text(
    "The sign-in was right, and {wanted} does not open. Either IMAP is switched off there, as it is by default, or the mailbox is new and was never used.",
    "登录没有问题，但 {wanted} 打不开。可能是 IMAP 未开启（默认关闭），也可能是邮箱刚注册、从未使用。",
  ),
};
const adminSwitch = step(
  text("An account of work or school: the admin switches it on", "工作或学校账户：由管理员开启"),
  {
    detail: text(
      "Users › Active users › the user › Mail › Manage email apps.",
      "用户 › 活动用户 › 该用户 › 邮件 › 管理电子邮件应用。",
    ),
    link: pages.adminCenter,
  },
);

export const mailboxFindings = {
  imap_not_open: {
    ...by("you"),
    title: text("The sign-in works, but the mailbox does not open", "登录成功，但邮箱没有打开"),
    cause: text(
      "Microsoft accepted the sign-in and then refused to open the mailbox. New accounts have IMAP off until it is switched on.",
      "微软接受了登录，却拒绝打开邮箱。新账户的 IMAP 默认关闭，需要手动开启。",
    ),
    orNew,
    steps: [...byGraph, switchOn("IMAP"), useItOnce, testAgain],
    ...every(30),
    ...fact(
      "“User is authenticated but not connected”, without more",
      "Reports: email-oauth2-proxy#74, #275; getmail6#221",
    ),
  },
  imap_disabled: {
    ...by("you"),
    title: text("IMAP is switched off", "IMAP 未开启"),
    cause: text(
      "The account and its permission are fine; {wanted} only does not let programs read by IMAP. Outlook has it off by default.",
      "账户和授权都没有问题，只是 {wanted} 未允许程序通过 IMAP 收信。Outlook 默认关闭该功能。",
    ),
    orNew,
    steps: [...byGraph, switchOn("IMAP"), useItOnce, adminSwitch, testAgain],
    ...every(30),
    ...fact(
      "after OK AUTHENTICATE “BAD User is authenticated but not connected”, while Graph opens the inbox and token and user name agree",
      "Microsoft, “POP, IMAP, and SMTP settings for Outlook.com”; reports: KiroX#12, email-oauth2-proxy#275",
      "imap_not_open",
      "token_refused",
    ),
  },
  pop_disabled: {
    ...by("you"),
    title: text("POP is switched off", "POP 未开启"),
    cause: text(
      "{wanted} does not let programs read by POP. Outlook has it off by default.",
      "{wanted} 未允许程序通过 POP 收信。Outlook 默认关闭该功能。",
    ),
    steps: [switchOn("POP"), adminSwitch, testAgain],
    ...every(30),
    ...fact(
      "POP -ERR after the token was taken elsewhere; “POP3 is disabled”",
      "Microsoft, “POP, IMAP, and SMTP settings for Outlook.com”; report: email-oauth2-proxy#160",
      "token_refused",
    ),
  },
  token_refused: {
    ...by("you"),
    title: text("The mailbox does not accept the sign-in", "邮箱不接受这次登录"),
    cause: text(
      "Microsoft gave the permission, but the mail server refuses it for {wanted}. Usually IMAP is switched off, or the account has no mailbox of its own.",
      "微软已授权，但邮件服务器拒绝了 {wanted}。通常是 IMAP 未开启，或该账户没有自己的邮箱。",
    ),
    orNew,
    steps: [...byGraph, switchOn("IMAP"), useItOnce, signInAgain, testAgain],
    ...every(60),
    ...fact("“AUTHENTICATE failed.”; -ERR Authentication failure", "Reports: php-imap#527, zammad#3337"),
  },
  token_stale: {
    ...by("time", "warning"),
    title: text("The access token had run out", "访问令牌已过期"),
    cause: text(
      "Access lasts about an hour and is then renewed; this one was too old.",
      "访问令牌有效约一小时，之后会续期；这个已过期。",
    ),
    steps: [step(text("Use a fresh token", "使用新的令牌")), testAgain],
    ...every(5),
    ...fact(
      "BYE Session invalidated - AccessTokenExpired; a fresh token is taken; Graph InvalidAuthenticationToken “expired”",
      "Report: aioimaplib#83; Microsoft Graph error responses",
      "token_refused",
      "imap_not_open",
    ),
  },
  principal_mismatch: {
    ...by("you"),
    title: text("The permission belongs to another user name", "授权属于另一个用户名"),
    cause: text(
      "The token was given to {signedIn}, but the mailbox was opened as {wanted}; Microsoft wants the account's main name.",
      "令牌属于 {signedIn}，却以 {wanted} 打开邮箱；微软要求使用账户的主名称。",
    ),
    steps: [
      step(text("Sign in to the mailbox by the account's main name", "使用账户的主名称登录邮箱"), {
        action: "sign_in_again",
      }),
    ],
    ...idle,
    ...fact(
      "claims: upn or preferred_username is not the user that XOAUTH2 named",
      "Reports: thunderbird-android#8024, chatwoot#14522, email-oauth2-proxy#74",
      "token_refused",
      "smtp_token_refused",
      "imap_not_open",
    ),
  },
  basic_auth_blocked: {
    ...by("you"),
    title: text("Microsoft no longer takes passwords here", "微软不再接受密码登录"),
    cause: text(
      "Since 16 September 2024 Outlook.com and Hotmail refuse passwords for IMAP and POP, app passwords too; Microsoft 365 since January 2023.",
      "自 2024 年 9 月 16 日起，Outlook.com 和 Hotmail 的 IMAP、POP 不再接受密码，应用专用密码也不行；Microsoft 365 自 2023 年 1 月起如此。",
    ),
    steps: [useOfficial],
    ...idle,
    ...fact(
      "LogonDenied-BasicAuthBlocked; “Basic authentication is disabled”; Server Unavailable. 15 at LOGIN",
      "Microsoft, “Deprecation of Basic authentication in Exchange Online”; reports: email-oauth2-proxy#297, nodemailer#1714",
      "password_refused",
    ),
  },
  password_refused: {
    ...by("you"),
    title: text("The server refuses user name or password", "服务器拒绝了用户名或密码"),
    cause: text(
      "{host} does not take this sign-in for {wanted}. Many providers want an app password here, not the usual one.",
      "{host} 不接受 {wanted} 的登录。许多服务商要求使用应用专用密码，而不是平时的密码。",
    ),
    steps: [
      step(
        text(
          "Check user name and password, or make a new app password",
          "检查用户名和密码，或生成新的应用专用密码",
        ),
        {
          detail: text("The user name is mostly the whole address.", "用户名通常是完整的邮箱地址。"),
          action: "sign_in_again",
        },
      ),
    ],
    ...idle,
    ...fact("NO [AUTHENTICATIONFAILED]; LOGIN failed; -ERR [AUTH]; 535 5.7.8", `${from.imap}; RFC 4954 6`),
  },
  imap_mechanism_missing: {
    ...by("you"),
    title: text("The server offers no sign-in that fits", "服务器没有提供合适的登录方式"),
    cause: text(
      "{host} does not take the kind of sign-in that was tried.",
      "{host} 不支持所尝试的登录方式。",
    ),
    steps: [
      step(
        text(
          "Choose encryption: many servers take passwords only then",
          "启用加密：许多服务器只在加密后接受密码",
        ),
        { action: "sign_in_again" },
      ),
      step(text("Or choose the other method, password or authorization", "或改用另一种方式：密码或授权"), {
        action: "sign_in_again",
      }),
    ],
    ...idle,
    ...fact(
      "NO [PRIVACYREQUIRED], LOGINDISABLED; “Unsupported authentication mechanism”; 504 5.5.4",
      "RFC 5530 3; RFC 9051 6.2.3; RFC 4954 4",
    ),
  },
  throttled: {
    ...by("time", "warning"),
    title: text("The mail server asks for a pause", "邮件服务器要求暂停"),
    cause: text(
      "{host} limits how much may be asked of it. This is usual during a first import.",
      "{host} 限制了访问频率。首次导入时这很常见。",
    ),
    steps: [step(text("Wait; nothing needs to be changed", "请等待，无需更改任何设置"))],
    meanwhile: text(
      "We wait exactly as long as it asks, then go on.",
      "我们会严格等待其要求的时间，然后继续。",
    ),
    recheckMinutes: 5,
    ...fact(
      "“Request is throttled. Suggested Backoff Time”; Graph 429 ApplicationThrottled, MailboxConcurrency; SMTP 432 4.3.2; Gmail’s bandwidth limits",
      "Microsoft Graph throttling limits; Exchange Online SMTP limits; reports: imapsync#198",
    ),
  },
  too_many_connections: {
    ...by("you", "warning"),
    title: text("Too many programs are connected at once", "同时连接的程序过多"),
    cause: text(
      "{host} lets only so many connections of one user stand at a time.",
      "{host} 限制了同一用户的同时连接数。",
    ),
    steps: [
      step(
        text("Close other mail programs on this mailbox for a moment", "暂时关闭使用此邮箱的其他邮件程序"),
      ),
      step(
        text(
          "Own server? Dovecot: raise mail_max_userip_connections",
          "自己的服务器？请调高 Dovecot 的 mail_max_userip_connections",
        ),
      ),
    ],
    ...every(5),
    ...fact(
      "“Too many simultaneous connections”; NO [LIMIT]; “Maximum number of connections from user+IP exceeded”",
      "RFC 5530 3; Dovecot and Gmail documentation",
      "throttled",
    ),
  },
  server_busy: {
    ...by("time", "warning"),
    title: text("The mail server is in trouble for now", "邮件服务器暂时有故障"),
    cause: text("{host} says that it cannot serve anybody at the moment.", "{host} 表示目前无法提供服务。"),
    steps: [step(text("Wait; it passes by itself", "请等待，会自行恢复")), testAgain],
    ...every(5),
    ...fact(
      "NO [UNAVAILABLE], [INUSE], “Server Unavailable”; 421; -ERR [SYS/TEMP]; Graph 503",
      "RFC 5530 3; RFC 5321 3.8; RFC 3206",
    ),
  },
  connection_unstable: {
    ...by("time", "warning"),
    title: text("The server keeps closing the connection", "服务器不断断开连接"),
    cause: text("{host} closes the connection before it can be used.", "{host} 在连接可用之前就将其断开。"),
    steps: [testAgain],
    ...every(5),
    ...fact("BYE Connection is closed. 13; end of the stream", "Reports: node-imap#561"),
  },
  command_refused: {
    ...by("operator", "warning"),
    title: text("The server does not take the command", "服务器不接受该命令"),
    cause: text(
      "{host} refused a command as malformed or too large: a message over its limit, a full mailbox, or a very long list.",
      "{host} 认为命令格式有误或过大：邮件超过限制、邮箱已满或列表过长。",
    ),
    steps: [
      step(text("Look at the size of the message and the room in the mailbox", "检查邮件大小和邮箱剩余空间")),
      testAgain,
    ],
    ...every(60),
    ...fact("BAD Command Argument Error. 11 and 12", "imapsync, FAQ.Office365"),
  },
  mailbox_full: {
    ...by("you"),
    title: text("The mailbox is full", "邮箱已满"),
    cause: text("{wanted} has no room left at its provider.", "{wanted} 在服务商处已没有空间。"),
    steps: [
      step(text("Delete large mail, empty the bin, or buy room", "删除大邮件、清空垃圾箱或扩容")),
      testAgain,
    ],
    ...every(360),
    ...fact(
      "NO [OVERQUOTA]; “Quota exceeded”; 552 5.2.2; Graph ErrorQuotaExceeded",
      "RFC 5530 3; RFC 3463 3.3",
    ),
  },
  folder_missing: {
    ...by("time", "warning"),
    title: text("A folder is no longer there", "某个文件夹已不存在"),
    cause: text(
      "A folder or message was moved, renamed or deleted at {host} meanwhile.",
      "某个文件夹或邮件在 {host} 上已被移动、改名或删除。",
    ),
    steps: [step(text("Choose the folders again", "重新选择文件夹"))],
    ...every(60),
    ...fact(
      "NO [NONEXISTENT], [TRYCREATE]; Graph ErrorItemNotFound, ErrorFolderNotFound",
      `RFC 5530 3; ${from.graph}`,
    ),
  },
  message_unretrievable: {
    ...by("microsoft", "warning"),
    title: text("One message cannot be read", "有一封邮件无法读取"),
    cause: text(
      "{host} lists a message but cannot turn it into mail; the others are fine.",
      "{host} 列出了一封邮件却无法输出其内容，其他邮件不受影响。",
    ),
    steps: [step(text("Open that message in the provider's own page", "在服务商的网页中打开该邮件"))],
    ...keeping,
    ...fact(
      "“Retrieval using the IMAP4 protocol failed”; ErrorMimeContentInvalid",
      "Reports: MailKit#1615, offlineimap#62",
    ),
  },
} as const satisfies Record<string, FindingKind>;
