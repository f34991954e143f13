/** Steps, sentences and short hands that several findings share. */
import type { FindingKind, Step, Text } from "./types.ts";

export const text = (en: string, zh: string): Text => ({ en, zh });

/** One step; with a link it opens that, unless it names another action. */
export const step = (words: Text, more: Omit<Step, "text"> = {}): Step => ({
  text: words,
  ...(more.link === undefined ? {} : { action: "open_link" as const }),
  ...more,
});

export const testAgain: Step = { text: text("Test again", "重新测试"), action: "test_again" };
export const signInAgain: Step = {
  text: text("Sign in again", "重新登录"),
  detail: text("Nothing that was imported is lost.", "已导入的内容不会丢失。"),
  action: "sign_in_again",
};
export const startAgain: Step = { text: text("Start again", "重新开始"), action: "sign_in_again" };
export const useOfficial: Step = {
  text: text("Use Official Authorization", "使用官方授权"),
  detail: text("You sign in at Microsoft; no password is kept here.", "您在微软页面登录，这里不保存密码。"),
  action: "choose_oauth",
};
export const useGraph: Step = {
  text: text("Connect through Microsoft Graph instead", "改为通过 Microsoft Graph 连接"),
  detail: text(
    "No setting to change: Microsoft asks for one more permission at most.",
    "无需更改任何设置：微软最多再请求一次授权。",
  ),
  action: "use_graph",
};
/** The last way: with what it cannot do. */
export const usePop3: Step = {
  text: text("Or read the Inbox alone, through POP3", "或仅通过 POP3 读取收件箱"),
  detail: text(
    "No folders but the Inbox, no read marks, and nothing is changed at the provider. POP must be switched on in Outlook's settings. You can change to another way later.",
    "只有收件箱，没有其他文件夹和已读状态，也不会更改服务器上的任何内容。需要在 Outlook 设置中开启 POP。以后可以改用其他方式。",
  ),
  action: "use_pop3",
};
/** As `useGraph`, where Graph alone can tell two causes apart. */
export const useGraphToKnow: Step = {
  ...useGraph,
  text: text(
    "Find out which: connect through Microsoft Graph instead",
    "查明原因：改为通过 Microsoft Graph 连接",
  ),
  detail: text(
    "Graph needs no switch, and tells a new mailbox from one with IMAP off. Microsoft asks for one more permission at most.",
    "Graph 无需任何开关，并能区分是新邮箱还是 IMAP 未开启。微软最多再请求一次授权。",
  ),
  when: "perhaps",
};
export const nothing = text("Nothing until you act.", "在您操作之前，我们不会做任何事。");
export const retrying = text("We try again by ourselves.", "我们会自动重试。");
export const dataKept = text(
  "Your mail here stays; we go on where we stopped.",
  "这里的邮件都会保留，恢复后从中断处继续。",
);

/** Who can mend it, and how bad it is. */
export const by = (who: FindingKind["who"], severity: FindingKind["severity"] = "blocking") =>
  ({ who, severity }) as const;

/** What we do meanwhile: nothing; nothing, but the mail stays; try again after so many minutes. */
export const idle = { meanwhile: nothing, recheckMinutes: null } as const;
export const keeping = { meanwhile: dataKept, recheckMinutes: null } as const;
export const every = (recheckMinutes: number) => ({ meanwhile: retrying, recheckMinutes }) as const;

type Fact = Pick<FindingKind, "seen" | "source" | "verified" | "broader">;

/** What is known of the fact, and by whom. */
export const fact = (seen: string, source: string, ...broader: string[]): Fact => ({
  seen,
  source,
  verified: true,
  broader,
});

/** As `fact`, for what nobody has confirmed yet. */
export const unverified = (seen: string, source: string, ...broader: string[]): Fact => ({
  ...fact(seen, source, ...broader),
  verified: false,
});

/** Pages that several steps lead to. */
export const pages = {
  imapSwitch: "https://outlook.live.com/mail/0/options/mail/popImap",
  outlook: "https://outlook.live.com/mail/",
  microsoftSecurity: "https://account.microsoft.com/security",
  microsoftActivity: "https://account.live.com/Activity",
  microsoftAliases: "https://account.live.com/names/manage",
  microsoftReset: "https://account.live.com/password/reset",
  microsoftUnlock: "https://account.live.com/acsr",
  mySignIns: "https://mysignins.microsoft.com/security-info",
  entraApps: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
  entraConsent:
    "https://entra.microsoft.com/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview",
  entraPolicies: "https://entra.microsoft.com/#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade",
  adminCenter: "https://admin.microsoft.com/",
  exchangeAdmin: "https://admin.exchange.microsoft.com/",
  restricted: "https://security.microsoft.com/restrictedentities",
  smtpAuth:
    "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission",
  serviceStatus: "https://status.cloud.microsoft/",
  gmailPassword: "https://myaccount.google.com/apppasswords",
  gmailTwoStep: "https://myaccount.google.com/signinoptions/two-step-verification",
  gmailImap: "https://mail.google.com/mail/u/0/#settings/fwdandpop",
  yahooSecurity: "https://login.yahoo.com/account/security",
  appleAccount: "https://account.apple.com/account/manage",
  fastmailPasswords: "https://app.fastmail.com/settings/security/integrations",
  qqMail: "https://mail.qq.com/",
  neteaseMail: "https://mail.163.com/",
} as const;

/** Where the facts come from. */
export const from = {
  codes: "Microsoft identity platform, “Microsoft Entra authentication & authorization error codes”",
  device: "Microsoft identity platform, “OAuth 2.0 device authorization grant”; RFC 8628 3.5",
  oauth: "RFC 6749 4.1.2.1 and 5.2",
  refresh: "Microsoft identity platform, “Refresh tokens”",
  imap: "RFC 9051 6.2, 7.1; RFC 5530",
  exchange: "Microsoft, “Authenticate an IMAP, POP or SMTP connection using OAuth”",
  submission: "Microsoft, “SMTP submission improvements” and “Fix issues with SMTP AUTH client submission”",
  graph: "Microsoft Graph, “Error responses and resource types”",
  socket: "POSIX and Windows socket errors",
  tls: "RFC 8446 6.2; OpenSSL verify(1)",
} as const;
