/** The findings, by code. Tone: what happened, why, what now; no blame, no jargon. */
import type { FindingKind, Step, Text } from "./types.ts";

const text = (en: string, zh: string): Text => ({ en, zh });

const testAgain: Step = { text: text("Test again", "重新测试"), action: "test_again" };
const signInAgain: Step = {
  text: text("Sign in again", "重新登录"),
  detail: text("Nothing that was imported is lost.", "已导入的内容不会丢失。"),
  action: "sign_in_again",
};
const nothing = text("Nothing until you act.", "在您操作之前，我们不会做任何事。");
const retrying = text("We try again by ourselves.", "我们会自动重试。");
const dataKept = text(
  "Your mail here stays; we go on where we stopped.",
  "这里的邮件都会保留，恢复后从中断处继续。",
);

export const findingCatalogue = {
  account_mismatch: {
    severity: "blocking",
    who: "you",
    title: text("That was another account", "登录的是另一个账户"),
    cause: text(
      "You want to connect {wanted}, but the browser signed in to Microsoft as {signedIn}.",
      "您要连接的是 {wanted}，但浏览器登录微软时用的是 {signedIn}。",
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
        text: text("Is {wanted} only another name of {signedIn}?", "{wanted} 只是 {signedIn} 的别名吗？"),
        detail: text(
          "Then connect {signedIn} itself: mail to both names arrives in the same mailbox.",
          "那就直接连接 {signedIn}：发往两个地址的邮件都在同一个邮箱里。",
        ),
      },
    ],
    meanwhile: text(
      "Nothing was stored of {signedIn}; its permission was thrown away.",
      "我们没有保存 {signedIn} 的任何内容，它的授权已被丢弃。",
    ),
    recheckMinutes: null,
  },
  consent_declined: {
    severity: "blocking",
    who: "you",
    title: text("The permission was not given", "没有授予权限"),
    cause: text(
      "Microsoft says that the sign-in was cancelled or the permissions were declined. Without them we cannot read or send mail of {wanted}.",
      "微软表示登录被取消或权限被拒绝。没有这些权限，我们无法读取或发送 {wanted} 的邮件。",
    ),
    steps: [
      {
        text: text("Sign in again and choose Accept", "重新登录并选择“接受”"),
        detail: text(
          "The list of permissions stands on the page before Microsoft's.",
          "权限清单就在跳转到微软之前的页面上。",
        ),
        action: "sign_in_again",
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  grant_expired: {
    severity: "blocking",
    who: "you",
    title: text("Microsoft wants you to sign in again", "微软要求您重新登录"),
    cause: text(
      "The permission for {wanted} has expired or was withdrawn: after a password change, 90 unused days, or by an administrator.",
      "{wanted} 的授权已过期或被撤销：可能是更改了密码、90 天未使用，或被管理员撤销。",
    ),
    steps: [signInAgain],
    meanwhile: dataKept,
    recheckMinutes: null,
  },
  authorization_expired: {
    severity: "blocking",
    who: "you",
    title: text("This sign-in has run out", "这次登录已超时"),
    cause: text(
      "A sign-in must be finished within 15 minutes, once, and in the browser that began it.",
      "登录需在 15 分钟内、在发起它的同一个浏览器中完成，且只能使用一次。",
    ),
    steps: [{ text: text("Start again", "重新开始"), action: "sign_in_again" }],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  app_refused: {
    severity: "blocking",
    who: "operator",
    title: text("Microsoft refuses this installation's app", "微软拒绝了本系统的应用"),
    cause: text(
      "The sign-in itself is fine; the app's registration is not: client id, secret or redirect address does not fit.",
      "登录本身没有问题，问题在于应用的注册信息：客户端 ID、密钥或重定向地址不正确。",
    ),
    steps: [
      {
        text: text(
          "Ask whoever runs Hitchpost here to check the Microsoft app",
          "请运行本系统的人检查微软应用",
        ),
        detail: text(
          "The secret must be the Value, not the ID; the redirect address must be {redirectUri} to the letter.",
          "密钥必须填写“值”而不是 ID；重定向地址必须与 {redirectUri} 完全一致。",
        ),
        link: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        action: "open_link",
      },
    ],
    meanwhile: nothing,
    recheckMinutes: 60,
  },
  identity_unreachable: {
    severity: "warning",
    who: "time",
    title: text("Microsoft's sign-in cannot be reached", "无法连接微软登录服务"),
    cause: text(
      "The sign-in service did not answer this server. Nothing is wrong with the mailbox.",
      "登录服务没有响应本服务器。邮箱本身没有问题。",
    ),
    steps: [testAgain],
    meanwhile: retrying,
    recheckMinutes: 5,
  },
  identity_answer_invalid: {
    severity: "blocking",
    who: "operator",
    title: text("The sign-in's answer failed a check", "登录服务的回答未通过校验"),
    cause: text(
      "The answer was not what a Microsoft sign-in gives: a wrong clock on this server is the usual reason.",
      "返回内容不符合微软登录的规范：常见原因是本服务器的时钟不准。",
    ),
    steps: [
      {
        text: text(
          "Check this server's clock and HITCHPOST_MICROSOFT_LOGIN_URL",
          "检查本服务器的时钟和 HITCHPOST_MICROSOFT_LOGIN_URL",
        ),
      },
      signInAgain,
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  password_refused: {
    severity: "blocking",
    who: "you",
    title: text("The server refuses user name or password", "服务器拒绝了用户名或密码"),
    cause: text(
      "{host} does not take this sign-in for {wanted}. Many providers want an app password here, not the usual one.",
      "{host} 不接受 {wanted} 的登录。许多服务商要求使用应用专用密码，而不是平时的密码。",
    ),
    steps: [
      {
        text: text(
          "Check user name and password, or make a new app password",
          "检查用户名和密码，或生成新的应用专用密码",
        ),
        action: "sign_in_again",
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  basic_auth_blocked: {
    severity: "blocking",
    who: "you",
    title: text("Microsoft no longer takes passwords here", "微软不再接受密码登录"),
    cause: text(
      "Since 16 September 2024 Outlook.com and Hotmail refuse passwords for IMAP and POP, app passwords too.",
      "自 2024 年 9 月 16 日起，Outlook.com 和 Hotmail 的 IMAP、POP 不再接受密码，应用专用密码也不行。",
    ),
    steps: [
      {
        text: text("Use Official Authorization", "使用官方授权"),
        detail: text(
          "You sign in at Microsoft; no password is kept here.",
          "您在微软页面登录，这里不保存密码。",
        ),
        action: "choose_oauth",
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  token_refused: {
    severity: "blocking",
    who: "you",
    title: text("The mailbox does not accept the sign-in", "邮箱不接受这次登录"),
    cause: text(
      "Microsoft gave the permission, but the mail server refuses it for {wanted}. Usually IMAP is switched off, or the account has no mailbox of its own.",
      "微软已授权，但邮件服务器拒绝了 {wanted}。通常是 IMAP 未开启，或该账户没有自己的邮箱。",
    ),
    steps: [
      {
        text: text("Switch IMAP on", "开启 IMAP"),
        detail: text(
          "Outlook › Settings › Mail › Forwarding and IMAP › “Let devices and apps use IMAP”, then save.",
          "Outlook › 设置 › 邮件 › 转发和 IMAP › “允许设备和应用使用 IMAP”，然后保存。",
        ),
        link: "https://outlook.live.com/mail/0/options/mail/popImap",
        action: "open_link",
      },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 60,
  },
  imap_not_open: {
    severity: "blocking",
    who: "you",
    title: text("The sign-in works, but the mailbox does not open", "登录成功，但邮箱没有打开"),
    cause: text(
      "Microsoft accepted the sign-in and then refused to open the mailbox. New accounts have IMAP off until it is switched on.",
      "微软接受了登录，却拒绝打开邮箱。新账户的 IMAP 默认关闭，需要手动开启。",
    ),
    steps: [
      {
        text: text("Switch IMAP on", "开启 IMAP"),
        detail: text(
          "Outlook › Settings › Mail › Forwarding and IMAP › “Let devices and apps use IMAP”, then save.",
          "Outlook › 设置 › 邮件 › 转发和 IMAP › “允许设备和应用使用 IMAP”，然后保存。",
        ),
        link: "https://outlook.live.com/mail/0/options/mail/popImap",
        action: "open_link",
      },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 30,
  },
  throttled: {
    severity: "warning",
    who: "time",
    title: text("The mail server asks for a pause", "邮件服务器要求暂停"),
    cause: text(
      "{host} limits how much may be asked of it. This is usual during a first import.",
      "{host} 限制了访问频率。首次导入时这很常见。",
    ),
    steps: [],
    meanwhile: text(
      "We wait exactly as long as it asks, then go on.",
      "我们会严格等待其要求的时间，然后继续。",
    ),
    recheckMinutes: 5,
  },
  host_not_found: {
    severity: "blocking",
    who: "you",
    title: text("No server has that name", "找不到该服务器"),
    cause: text(
      "The name {host} does not exist in the DNS as this server sees it.",
      "本服务器的 DNS 中不存在 {host} 这个名称。",
    ),
    steps: [{ text: text("Check the host name for a slip of the pen", "检查主机名是否写错") }, testAgain],
    meanwhile: retrying,
    recheckMinutes: 30,
  },
  host_refused: {
    severity: "blocking",
    who: "you",
    title: text("Nothing listens there", "该端口没有服务"),
    cause: text(
      "{host} refuses the connection: wrong port, or the service is switched off.",
      "{host} 拒绝连接：端口错误，或服务未开启。",
    ),
    steps: [
      {
        text: text(
          "Check the port: IMAP 993 (TLS) or 143 (STARTTLS), sending 465 (TLS) or 587 (STARTTLS)",
          "检查端口：IMAP 993（TLS）或 143（STARTTLS），发信 465（TLS）或 587（STARTTLS）",
        ),
      },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 15,
  },
  host_silent: {
    severity: "blocking",
    who: "you",
    title: text("The server does not answer", "服务器没有响应"),
    cause: text(
      "{host} gave no answer in time. A firewall, a wrong port or a wrong security setting are the usual reasons.",
      "{host} 没有及时响应。常见原因是防火墙、端口或加密方式设置错误。",
    ),
    steps: [{ text: text("Check host, port and security", "检查主机、端口和加密方式") }, testAgain],
    meanwhile: retrying,
    recheckMinutes: 15,
  },
  host_not_allowed: {
    severity: "blocking",
    who: "operator",
    title: text("This address is not allowed", "不允许使用该地址"),
    cause: text(
      "{host} is a private or local address. This installation does not connect to those.",
      "{host} 是内网或本机地址，本系统不允许连接。",
    ),
    steps: [
      {
        text: text(
          "The operator can allow it with HITCHPOST_ALLOW_PRIVATE_HOSTS=true",
          "运维人员可设置 HITCHPOST_ALLOW_PRIVATE_HOSTS=true 来允许",
        ),
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  tls_untrusted: {
    severity: "blocking",
    who: "you",
    title: text("The server's certificate cannot be trusted", "服务器证书不可信"),
    cause: text(
      "The certificate of {host} does not fit its name, has expired, or comes from an unknown issuer. We stop before anything secret is sent.",
      "{host} 的证书与名称不符、已过期，或颁发者未知。在发送任何机密信息之前我们已停止。",
    ),
    steps: [
      { text: text("Use the host name that the certificate was made for", "使用证书对应的主机名") },
      { text: text("Or ask the server's operator to renew it", "或请服务器管理员更新证书") },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 60,
  },
  encryption_missing: {
    severity: "blocking",
    who: "you",
    title: text("The connection would not be encrypted", "连接不会加密"),
    cause: text(
      "A password is never sent in the clear, and {host} offers no encryption the way it was asked.",
      "密码绝不会明文发送，而 {host} 没有按要求提供加密。",
    ),
    steps: [
      {
        text: text(
          "Choose TLS (993, 465) or STARTTLS (143, 587)",
          "选择 TLS（993、465）或 STARTTLS（143、587）",
        ),
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  sending_refused: {
    severity: "blocking",
    who: "you",
    title: text("Reading works, sending does not", "可以收信，但不能发信"),
    cause: text(
      "{host} refuses to send for {wanted}: its own answer stands below.",
      "{host} 拒绝为 {wanted} 发信，其回复见下方。",
    ),
    steps: [
      { text: text("Check the settings for sending", "检查发信设置"), action: "sign_in_again" },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 60,
  },
  connection_unstable: {
    severity: "warning",
    who: "time",
    title: text("The server keeps closing the connection", "服务器不断断开连接"),
    cause: text("{host} closes the connection before it can be used.", "{host} 在连接可用之前就将其断开。"),
    steps: [testAgain],
    meanwhile: retrying,
    recheckMinutes: 5,
  },
  key_missing: {
    severity: "blocking",
    who: "operator",
    title: text("The stored sign-in cannot be decrypted", "无法解密已保存的登录信息"),
    cause: text(
      "The key file of this installation was replaced or lost, perhaps after a restore.",
      "本系统的密钥文件被替换或丢失，可能发生在恢复备份之后。",
    ),
    steps: [
      {
        text: text("Put the key file back, or sign in again", "放回密钥文件，或重新登录"),
        action: "sign_in_again",
      },
    ],
    meanwhile: dataKept,
    recheckMinutes: 60,
  },
  unknown: {
    severity: "blocking",
    who: "you",
    title: text("It failed in a way we do not know", "出现了未知的失败"),
    cause: text(
      "The step “{step}” failed for {wanted}. What the server said stands below.",
      "{wanted} 的“{step}”步骤失败。服务器的回复见下方。",
    ),
    steps: [
      testAgain,
      signInAgain,
      { text: text("Show what we saw to whoever runs Hitchpost here", "把下面的内容给运行本系统的人看") },
    ],
    meanwhile: retrying,
    recheckMinutes: 30,
  },
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingCatalogue;

/** The kind for a stored code; one that this version does not know counts as `unknown`. */
export const findingKind = (code: string): FindingKind =>
  code in findingCatalogue ? findingCatalogue[code as FindingCode] : findingCatalogue.unknown;
