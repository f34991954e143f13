/** Accounts that are not what they seem, or that Microsoft has stopped; and mailboxes that do not open. */

import { personaFrom, type ImapTrouble, type Persona, type PersonaEntry } from "./persona.ts";

/** AUTHENTICATE succeeds and no command after it does (community reports; Microsoft names no reason). */
const notConnected: ImapTrouble = { at: "command", says: "BAD User is authenticated but not connected." };

export const noRestMailbox = {
  status: 404,
  code: "MailboxNotEnabledForRESTAPI",
  message: "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
} as const;

const accounts: PersonaEntry[] = [
  {
    id: "alias",
    address: "main@outlook.example",
    aliases: ["alias@outlook.example"],
    displayName: "Ali Main",
    does: {
      en: "alias@outlook.example is another name of main@outlook.example: the token names the primary alone, and mail to both lies in one mailbox.",
      zh: "alias@outlook.example 是 main@outlook.example 的别名：令牌只显示主地址，发往两个地址的邮件都在同一邮箱。",
    },
  },
  {
    id: "sub",
    address: "sub@mail.example",
    displayName: "Sub Outside",
    aliases: ["outlook_4be1d5c7a9f03e62@outlook.example"],
    trouble: {
      imap: { at: "sign-in", says: "NO AUTHENTICATE failed." },
      smtp: { at: "auth", says: "535 5.7.3 Authentication unsuccessful" },
    },
    does: {
      en: "A Microsoft account made on another provider’s address: its own mailbox is a hidden, generated one, and neither IMAP nor SMTP opens it.",
      zh: "用其他服务商的地址注册的微软账户：其邮箱是自动生成的隐藏邮箱，IMAP 和 SMTP 都无法打开。",
    },
  },
  {
    id: "nameless",
    displayName: "Nessa Nemo",
    trouble: { hiddenClaims: ["email", "preferred_username"] },
    does: {
      en: "Its token names neither an address nor a user name.",
      zh: "令牌中既没有邮箱地址，也没有用户名。",
    },
  },
  {
    id: "locked",
    displayName: "Lock Steady",
    acceptsPassword: true,
    trouble: {
      signIn: [{ at: "authorize", refusal: "50053" }],
      imap: {
        at: "sign-in",
        says: "NO LOGIN failed. Account is blocked. Login to your account via a web browser to verify your account.",
      },
      smtp: { at: "auth", says: "535 5.7.3 Authentication unsuccessful" },
    },
    does: {
      en: "Locked after too many wrong passwords: the sign-in says so, and a password by IMAP is told “Account is blocked”.",
      zh: "因多次输错密码被锁定：登录页会说明；用密码登录 IMAP 则提示“Account is blocked”。",
    },
  },
  {
    id: "abuse",
    displayName: "Abby Suspended",
    trouble: {
      signIn: [
        { at: "redeem", refusal: "70000-abuse" },
        { at: "device", refusal: "70000-abuse" },
        { at: "refresh", refusal: "70000-abuse" },
      ],
    },
    does: {
      en: "Suspended by Microsoft: signs in, and the token is refused with “service abuse mode”.",
      zh: "已被微软停用：可以登录，但换取令牌时被拒绝（service abuse mode）。",
    },
  },
  {
    id: "shared",
    displayName: "Orders Shared",
    kind: "work",
    trouble: { signIn: [{ at: "authorize", refusal: "50057" }] },
    does: {
      en: "A shared mailbox: nobody signs in as it (AADSTS50057); delegate@work.example opens it.",
      zh: "共享邮箱：无法以它登录（AADSTS50057），由 delegate@work.example 打开。",
    },
  },
  {
    id: "no-licence",
    displayName: "Nola Unlicensed",
    kind: "work",
    trouble: { imap: { at: "sign-in", says: "NO AUTHENTICATE failed." }, graph: noRestMailbox },
    does: {
      en: "A work account without an Exchange licence: it signs in, and has no mailbox.",
      zh: "没有 Exchange 许可证的工作账户：能登录，但没有邮箱。",
    },
  },
];

const mailboxes: PersonaEntry[] = [
  {
    id: "new",
    displayName: "Newt Fresh",
    trouble: { notReady: true },
    does: {
      en: "A new account whose mailbox is not made yet. It becomes ready ten minutes after it was first asked for, or at once when a mail reaches it.",
      zh: "新账户，邮箱尚未初始化。首次访问十分钟后就绪；收到一封邮件则立即就绪。",
    },
  },
  {
    id: "imap-off",
    displayName: "Imo Switch",
    trouble: { switchedOff: ["imap", "pop"] },
    does: {
      en: "“Let devices and apps use IMAP” and POP are off, as for every new account, until they are switched on below; Graph works all the time.",
      zh: "“允许设备和应用使用 IMAP/POP”均为关闭（新账户默认如此），可在下方开启；Graph 始终可用。",
    },
  },
  {
    id: "pop-off",
    displayName: "Poppy Switch",
    trouble: { switchedOff: ["pop"] },
    does: {
      en: "POP alone is off until it is switched on below.",
      zh: "仅 POP 关闭，可在下方开启。",
    },
  },
  {
    id: "basic",
    displayName: "Basil Password",
    does: {
      en: "Try it with an app password: Microsoft refuses it with BasicAuthBlocked. By Official Authorization all is well.",
      zh: "用应用专用密码连接会被微软拒绝（BasicAuthBlocked）；使用官方授权则一切正常。",
    },
  },
  {
    id: "never-connected",
    displayName: "Neva Connected",
    trouble: { imap: notConnected },
    does: {
      en: "Signs in to IMAP and is “authenticated but not connected”, whatever the switch says.",
      zh: "IMAP 登录成功，但始终提示“authenticated but not connected”，与开关无关。",
    },
  },
];

export const accountPersonas: readonly Persona[] = [
  ...accounts.map((entry) => personaFrom(entry, "account")),
  ...mailboxes.map((entry) => personaFrom(entry, "mailbox")),
];
