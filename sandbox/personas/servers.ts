/** What the mail servers and Microsoft Graph answer to those whose sign-in went well. */

import {
  personaFrom,
  type ImapTrouble,
  type Persona,
  type PersonaEntry,
  type SmtpTrouble,
} from "./persona.ts";

type Told = { id: string; displayName: string; says: string; en: string; zh: string };

const imap = (trouble: Omit<ImapTrouble, "says">, { says, id, displayName, en, zh }: Told): PersonaEntry => ({
  id,
  displayName,
  trouble: { imap: { ...trouble, says } },
  does: { en: `${en} (“${says.replace(/^\* /, "")}”).`, zh: `${zh}（“${says.replace(/^\* /, "")}”）。` },
});

const smtp = (at: SmtpTrouble["at"], { says, id, displayName, en, zh }: Told, more = {}): PersonaEntry => ({
  id,
  displayName,
  ...more,
  trouble: { smtp: { at, says } },
  does: { en: `${en} (“${says}”).`, zh: `${zh}（“${says}”）。` },
});

const reading: PersonaEntry[] = [
  imap(
    { at: "command" },
    {
      id: "throttled",
      displayName: "Throt Tull",
      says: "BAD Request is throttled. Suggested Backoff Time: 300000 milliseconds",
      en: "Is asked to wait five minutes before every command",
      zh: "每条命令都被要求等待五分钟",
    },
  ),
  imap(
    { at: "sign-in" },
    {
      id: "busy",
      displayName: "Bess Busy",
      says: "NO Server Unavailable. 15",
      en: "Its server is not available",
      zh: "其服务器暂不可用",
    },
  ),
  imap(
    { at: "sign-in" },
    {
      id: "token-refused",
      displayName: "Toke Refused",
      says: "NO AUTHENTICATE failed.",
      en: "IMAP refuses its token without a reason",
      zh: "IMAP 拒绝其令牌且不说明原因",
    },
  ),
  imap(
    { at: "sign-in", times: 1 },
    {
      id: "moody",
      displayName: "Moo Dee",
      says: "NO AUTHENTICATE failed.",
      en: "The first sign-in is refused, the second goes well, as happens at Outlook",
      zh: "第一次登录被拒绝，第二次成功（Outlook 有时如此）",
    },
  ),
  imap(
    { at: "command", after: 2 },
    {
      id: "token-ends",
      displayName: "Tess Ends",
      says: "* BYE Session invalidated - AccessTokenExpired",
      en: "Its session ends after two commands",
      zh: "两条命令后会话失效",
    },
  ),
  imap(
    { at: "command", after: 1 },
    {
      id: "closes",
      displayName: "Clo Sing",
      says: "* BYE Connection is closed. 13",
      en: "Its connection is closed after the first command",
      zh: "第一条命令后连接即被关闭",
    },
  ),
  imap(
    { at: "command" },
    {
      id: "argument",
      displayName: "Argo Ment",
      says: "BAD Command Argument Error. 11",
      en: "Every command’s argument is wrong, as when a limit is passed",
      zh: "每条命令都提示参数错误（通常是超出限制）",
    },
  ),
];

const host = "[SANDBOXPROD01.PROD.OUTLOOK.EXAMPLE]";

const sending: PersonaEntry[] = [
  smtp(
    "auth",
    {
      id: "smtp-off",
      displayName: "Sam Tip",
      says: `535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. ${host}`,
      en: "Authenticated SMTP is off for its whole organization",
      zh: "整个组织关闭了 SMTP 身份验证",
    },
    { kind: "work" },
  ),
  smtp(
    "auth",
    {
      id: "smtp-off-mailbox",
      displayName: "Mel Box",
      says: `535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information. ${host}`,
      en: "Authenticated SMTP is off for its mailbox",
      zh: "该邮箱关闭了 SMTP 身份验证",
    },
    { kind: "work" },
  ),
  smtp(
    "auth",
    {
      id: "security-defaults",
      displayName: "Sedi Faults",
      says: `535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator. ${host}`,
      en: "The organization’s security defaults forbid it to send",
      zh: "组织的安全默认值禁止其发信",
    },
    { kind: "work" },
  ),
  smtp(
    "auth",
    {
      id: "smtp-criteria",
      displayName: "Cree Teria",
      says: `535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator. ${host}`,
      en: "A policy of the organization forbids it to send",
      zh: "组织的策略禁止其发信",
    },
    { kind: "work" },
  ),
  smtp("auth", {
    id: "smtp-refused",
    displayName: "Rhea Fused",
    says: `535 5.7.3 Authentication unsuccessful ${host}`,
    en: "Reading works; SMTP refuses its token",
    zh: "可以收信；SMTP 拒绝其令牌",
  }),
  smtp("auth", {
    id: "smtp-connections",
    displayName: "Conny Limit",
    says: `432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. ${host}`,
    en: "Sends over too many connections at once",
    zh: "同时发信的连接过多",
  }),
  smtp("mail", {
    id: "smtp-anonymous",
    displayName: "Ann Onym",
    says: `530 5.7.57 Client not authenticated to send mail. ${host}`,
    en: "Is taken for nobody when it sends",
    zh: "发信时被视为未登录",
  }),
  smtp("data", {
    id: "smtp-threads",
    displayName: "Thea Reads",
    says: "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
    en: "Sends too much at once",
    zh: "同时发送的邮件过多",
  }),
  smtp("data", {
    id: "quota",
    displayName: "Quota Daly",
    says: "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message The message can't be submitted because the sender's submission quota was exceeded.",
    en: "Has sent as many mails today as it may",
    zh: "今天的发信数量已达上限",
  }),
  smtp("mail", {
    id: "send-as",
    displayName: "Senda As",
    says: "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    en: "May not send as the address it names",
    zh: "无权以该地址发信",
  }),
  smtp("data", {
    id: "send-as-denied",
    displayName: "Dena Nied",
    says: "554 5.2.252 SendAsDenied; send-as-denied@outlook.example not allowed to send as the sender",
    en: "May not send as the address in its mail",
    zh: "无权以邮件中的地址发信",
  }),
  smtp("mail", {
    id: "spammer",
    displayName: "Spencer Amm",
    says: "550 5.1.8 Access denied, bad outbound sender. For more information please go to https://go.microsoft.com/fwlink/?LinkId=875724",
    en: "Is barred from sending as a source of spam",
    zh: "因涉嫌发送垃圾邮件被禁止发信",
  }),
  smtp("data", {
    id: "unverified",
    displayName: "Vera Fyme",
    says: "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message due to a permanent exception with message WASCL UserAction verdict is not None. Actual verdict is HipSend, ShowTierUpgrade. OutboundSpamException: WASCL UserAction verdict is not None.",
    en: "Must verify itself in the browser before it may send more",
    zh: "需先在网页中验证身份才能继续发信",
  }),
];

const graph: PersonaEntry[] = [
  {
    id: "graph-denied",
    displayName: "Grady Nied",
    trouble: {
      graph: {
        status: 403,
        code: "ErrorAccessDenied",
        message: "Access is denied. Check credentials and try again.",
      },
    },
    does: {
      en: "Microsoft Graph denies access to its mail (ErrorAccessDenied); IMAP works.",
      zh: "Microsoft Graph 拒绝访问其邮件（ErrorAccessDenied）；IMAP 正常。",
    },
  },
  {
    id: "graph-unknown",
    displayName: "Grace Known",
    trouble: {
      graph: {
        status: 404,
        code: "ResourceNotFound",
        message: "Resource could not be discovered.",
      },
    },
    does: {
      en: "Microsoft Graph does not find its user (ResourceNotFound); IMAP works.",
      zh: "Microsoft Graph 找不到该用户（ResourceNotFound）；IMAP 正常。",
    },
  },
  {
    id: "graph-throttled",
    displayName: "Grover Limit",
    trouble: {
      graph: {
        status: 429,
        code: "ApplicationThrottled",
        message: "Application is over its MailboxConcurrency limit.",
        retryAfterSeconds: 30,
      },
    },
    does: {
      en: "Microsoft Graph asks for a pause of 30 seconds at every request; IMAP works.",
      zh: "Microsoft Graph 每次都要求等待 30 秒；IMAP 正常。",
    },
  },
  {
    id: "graph-away",
    displayName: "Graham Way",
    trouble: {
      graph: {
        status: 503,
        code: "serviceNotAvailable",
        message: "The service is temporarily unavailable.",
      },
    },
    does: {
      en: "Microsoft Graph is not available (503); IMAP works.",
      zh: "Microsoft Graph 暂不可用（503）；IMAP 正常。",
    },
  },
];

export const serverPersonas: readonly Persona[] = [
  ...reading.map((entry) => personaFrom(entry, "reading")),
  ...sending.map((entry) => personaFrom(entry, "sending")),
  ...graph.map((entry) => personaFrom(entry, "graph")),
];
