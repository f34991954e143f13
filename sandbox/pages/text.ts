/** Every word of the sandbox's pages, in English and 中文. */

import type { Language } from "./language.ts";

const en = {
  sandbox: "Sandbox",
  notMicrosoft: "Sandbox, not Microsoft",
  ribbon: "A stand-in for trying Hitchpost. Nothing you type here leaves this machine.",
  pickTitle: "Pick an account",
  pickLead: "to continue to {app}",
  signedIn: "Signed in",
  useAnother: "Use another account",
  cancel: "Cancel",
  back: "Back",
  signInTitle: "Sign in",
  signInLead: "to continue to {app}",
  emailLabel: "Email address",
  passwordLabel: "Password",
  passwordHint: "Every persona’s password is “{password}”.",
  signIn: "Sign in",
  orPersona: "Or be one of these, in one click",
  wrongPassword: "Your account or password is incorrect. (AADSTS50126)",
  unknownAccount: "That account does not exist here. Choose one of the personas below. (AADSTS50034)",
  wrongTenant: "This address signs in “{tenant}” accounts only; {address} is not one of them. (AADSTS50020)",
  consentTitle: "{app} asks for permission",
  consentLead: "If you accept, {app} will be able to:",
  consentNote: "You can take this back at any time. “Cancel” grants nothing and tells {app} so.",
  unverified: "unverified",
  accept: "Accept",
  deviceTitle: "Enter the code",
  deviceLead: "It is shown on the device or in the terminal that wants to sign in.",
  codeLabel: "Code",
  next: "Next",
  deviceUnknown: "That code is not known. Check it and try again.",
  deviceExpired: "That code has expired. Start again on your device to get a new one.",
  deviceUsed: "That code has been used already.",
  deviceMissing: "Type the code first.",
  deviceFailed: "That did not work. Start again on your device.",
  deviceConfirmTitle: "Signing in on another device?",
  deviceConfirmLead:
    "You are about to sign in to {app} on the device that shows this code. Go on only if you started this yourself.",
  continue: "Continue",
  deviceDoneTitle: "You have signed in",
  deviceDoneLead: "Go back to your device: {app} goes on there. You can close this page.",
  deviceDeclinedTitle: "Declined",
  deviceDeclinedLead: "Nothing was granted; your device will be told. You can close this page.",
  signedOutTitle: "You signed out",
  signedOutLead: "No account is signed in in this browser any more.",
  indexTitle: "Sandbox Outlook",
  indexLead:
    "This stands in for Microsoft’s sign-in and Outlook’s mail servers, so that Hitchpost can be tried from end to end without a Microsoft account. Each persona below behaves in its own way.",
  personas: "Personas",
  addressColumn: "Address",
  passwordColumn: "Password",
  kindPersonal: "personal account",
  kindWork: "work account",
  languageOfMailbox: "mailbox in {language}",
  serversTitle: "How to reach it",
  clientIdLabel: "Client id",
  secretLabel: "Client secret",
  loginUrlLabel: "Login URL",
  imapLabel: "IMAP",
  smtpLabel: "SMTP",
  enterCodeLink: "Enter a device code",
  signOutLink: "Sign out everywhere in this browser",
  errorTitle: "That did not work",
  errorLead: "The sandbox answers here with the error that Microsoft would give.",
  errorCode: "Error code",
  errorTime: "Time",
  notFoundTitle: "Nothing here",
  notFoundLead: "The sandbox has no page at this address.",
  sessionLost:
    "This sign-in has expired or was begun in another browser. Go back to the application and start again.",
  serverError: "Something went wrong inside the sandbox. Go back to the application and start again.",
  toIndex: "About this sandbox",
};

export type Words = typeof en;

const zh: Words = {
  sandbox: "沙盒",
  notMicrosoft: "沙盒，并非微软",
  ribbon: "用于试用 Hitchpost 的替身。您在此输入的内容不会离开这台机器。",
  pickTitle: "选择账户",
  pickLead: "以继续前往 {app}",
  signedIn: "已登录",
  useAnother: "使用其他账户",
  cancel: "取消",
  back: "返回",
  signInTitle: "登录",
  signInLead: "以继续前往 {app}",
  emailLabel: "邮箱地址",
  passwordLabel: "密码",
  passwordHint: "所有角色的密码都是“{password}”。",
  signIn: "登录",
  orPersona: "或一键扮演以下角色",
  wrongPassword: "账户或密码不正确。（AADSTS50126）",
  unknownAccount: "此处没有该账户。请选择下方的角色之一。（AADSTS50034）",
  wrongTenant: "此地址仅供“{tenant}”账户登录，{address} 不在其中。（AADSTS50020）",
  consentTitle: "{app} 请求授权",
  consentLead: "如果您接受，{app} 将可以：",
  consentNote: "您可以随时撤回授权。点击“取消”不会授予任何权限，{app} 会得知这一结果。",
  unverified: "未验证",
  accept: "接受",
  deviceTitle: "输入代码",
  deviceLead: "代码显示在要登录的设备或终端上。",
  codeLabel: "代码",
  next: "下一步",
  deviceUnknown: "没有这个代码。请核对后重试。",
  deviceExpired: "该代码已过期。请在设备上重新开始以获取新代码。",
  deviceUsed: "该代码已被使用。",
  deviceMissing: "请先输入代码。",
  deviceFailed: "未能成功。请在设备上重新开始。",
  deviceConfirmTitle: "要在另一台设备上登录吗？",
  deviceConfirmLead: "您即将在显示此代码的设备上登录 {app}。仅当这是您本人发起时才继续。",
  continue: "继续",
  deviceDoneTitle: "您已登录",
  deviceDoneLead: "请回到您的设备，{app} 会在那里继续。可以关闭此页面。",
  deviceDeclinedTitle: "已拒绝",
  deviceDeclinedLead: "未授予任何权限，您的设备会得知。可以关闭此页面。",
  signedOutTitle: "您已退出登录",
  signedOutLead: "此浏览器中已没有登录的账户。",
  indexTitle: "沙盒 Outlook",
  indexLead:
    "这里代替微软的登录页面和 Outlook 的邮件服务器，无需微软账户即可完整试用 Hitchpost。下列每个角色都有各自的行为。",
  personas: "角色",
  addressColumn: "地址",
  passwordColumn: "密码",
  kindPersonal: "个人账户",
  kindWork: "工作账户",
  languageOfMailbox: "邮箱语言：{language}",
  serversTitle: "连接方式",
  clientIdLabel: "客户端 ID",
  secretLabel: "客户端密码",
  loginUrlLabel: "登录地址",
  imapLabel: "IMAP",
  smtpLabel: "SMTP",
  enterCodeLink: "输入设备代码",
  signOutLink: "退出此浏览器中的所有账户",
  errorTitle: "未能成功",
  errorLead: "沙盒在此给出与微软相同的错误。",
  errorCode: "错误代码",
  errorTime: "时间",
  notFoundTitle: "此处没有内容",
  notFoundLead: "沙盒在此地址没有页面。",
  sessionLost: "此次登录已过期，或是在另一个浏览器中开始的。请回到应用重新开始。",
  serverError: "沙盒内部出错。请回到应用重新开始。",
  toIndex: "关于此沙盒",
};

/** The words of a language. */
export function wordsOf(language: Language): Words {
  return language === "zh" ? zh : en;
}

/** Puts values into `{name}` places. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}

const permissions: Record<string, Record<Language, { title: string; detail: string }>> = {
  "IMAP.AccessAsUser.All": {
    en: {
      title: "Read and write your mail",
      detail: "Reads, moves and deletes mail in all your folders over IMAP.",
    },
    zh: { title: "读取和写入您的邮件", detail: "通过 IMAP 读取、移动和删除您所有文件夹中的邮件。" },
  },
  "POP.AccessAsUser.All": {
    en: { title: "Read your mail", detail: "Fetches and deletes mail over POP." },
    zh: { title: "读取您的邮件", detail: "通过 POP 收取和删除邮件。" },
  },
  "SMTP.Send": {
    en: { title: "Send mail as you", detail: "Sends mail from your address over SMTP." },
    zh: { title: "以您的身份发送邮件", detail: "通过 SMTP 以您的地址发送邮件。" },
  },
  "Mail.Read": {
    en: { title: "Read your mail", detail: "Reads mail in all your folders through Microsoft Graph." },
    zh: { title: "读取您的邮件", detail: "通过 Microsoft Graph 读取您所有文件夹中的邮件。" },
  },
  "Mail.ReadWrite": {
    en: {
      title: "Read and write your mail",
      detail: "Creates, reads, changes and deletes mail through Microsoft Graph.",
    },
    zh: { title: "读取和写入您的邮件", detail: "通过 Microsoft Graph 创建、读取、修改和删除邮件。" },
  },
  "Mail.Send": {
    en: { title: "Send mail as you", detail: "Sends mail from your address through Microsoft Graph." },
    zh: { title: "以您的身份发送邮件", detail: "通过 Microsoft Graph 以您的地址发送邮件。" },
  },
  "MailboxSettings.Read": {
    en: {
      title: "Read your mailbox settings",
      detail: "Sees your time zone, language and automatic replies.",
    },
    zh: { title: "读取您的邮箱设置", detail: "查看您的时区、语言和自动回复。" },
  },
  "User.Read": {
    en: { title: "Sign you in and read your profile", detail: "Sees your name and address." },
    zh: { title: "让您登录并读取您的个人资料", detail: "查看您的姓名和地址。" },
  },
  offline_access: {
    en: { title: "Keep access to what you granted", detail: "Works on while you are not using it." },
    zh: { title: "保持对已授权数据的访问", detail: "在您不使用应用时也能继续工作。" },
  },
  profile: {
    en: { title: "See your basic profile", detail: "Your name and user name." },
    zh: { title: "查看您的基本资料", detail: "您的姓名和用户名。" },
  },
  email: {
    en: { title: "See your email address", detail: "The primary address of the account." },
    zh: { title: "查看您的邮箱地址", detail: "该账户的主要地址。" },
  },
};

/** What a scope means for a person; null for those that are not shown, such as `openid`. */
export function permissionText(scope: string, language: Language): { title: string; detail: string } | null {
  return permissions[scope.slice(scope.lastIndexOf("/") + 1)]?.[language] ?? null;
}
