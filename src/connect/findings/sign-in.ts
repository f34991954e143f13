/** Findings of the sign-in: account, permission, app, password. Tone: what happened, why, what now; no blame, no jargon. */
import { dataKept, nothing, retrying, signInAgain, testAgain, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const signInFindings = {
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
        text: text("{wanted} is another name of this account", "{wanted} 是此账户的另一个地址"),
        detail: text(
          "We look for mail to {wanted} in its mailbox; if there is none, we send one there and wait for it.",
          "我们会在它的邮箱里查找发往 {wanted} 的邮件；如果没有，就发一封过去并等它出现。",
        ),
        action: "prove_alias",
        when: "alias",
      },
      {
        text: text("{wanted} is a shared mailbox", "{wanted} 是共享邮箱"),
        detail: text(
          "{signedIn} opens it, and answers are sent from {wanted}.",
          "由 {signedIn} 打开它，并以 {wanted} 的名义回复。",
        ),
        action: "open_shared",
        when: "shared",
      },
    ],
    meanwhile: text(
      "Nothing of {signedIn} was stored. Its permission is kept for 15 minutes at most, while you decide.",
      "我们没有保存 {signedIn} 的任何内容；它的授权最多保留 15 分钟，供您决定。",
    ),
    recheckMinutes: null,
  },
  account_replaced: {
    severity: "blocking",
    who: "you",
    title: text("Another account of the same name", "同名的另一个账户"),
    cause: text(
      "The account that signed in is called {wanted} too, but it is not the one that this mailbox was connected with.",
      "登录的账户也叫 {wanted}，但不是此邮箱原来连接的那个账户。",
    ),
    steps: [
      {
        text: text("Sign in again with the other account", "用另一个账户重新登录"),
        detail: text(
          "Microsoft keeps personal accounts apart from those of work or school, also where both have one address, and asks which is meant.",
          "即使地址相同，微软也会区分个人账户与工作或学校账户，登录时会询问使用哪一个。",
        ),
        action: "sign_in_again",
      },
      {
        text: text("Is the account before gone for good?", "原来的账户已不存在？"),
        detail: text(
          "Then remove this mailbox, and connect {wanted} as a new one.",
          "那就移除此邮箱，再把 {wanted} 作为新邮箱连接。",
        ),
      },
    ],
    meanwhile: text(
      "Nothing was stored of the account that signed in; its permission was thrown away.",
      "我们没有保存所登录账户的任何内容，它的授权已被丢弃。",
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
  app_missing: {
    severity: "blocking",
    who: "operator",
    title: text("The app behind this mailbox is gone", "此邮箱所用的应用已不存在"),
    cause: text(
      "{wanted} was connected by the sandbox or a Microsoft app that this installation no longer has.",
      "{wanted} 是通过沙盒或某个微软应用连接的，本系统已不再配置它。",
    ),
    steps: [
      {
        text: text(
          "Set HITCHPOST_MICROSOFT_CLIENT_ID again, or HITCHPOST_SANDBOX=on for a mailbox of the sandbox",
          "请重新设置 HITCHPOST_MICROSOFT_CLIENT_ID；沙盒邮箱则设置 HITCHPOST_SANDBOX=on",
        ),
      },
      { text: text("Or remove the mailbox", "或移除该邮箱") },
    ],
    meanwhile: dataKept,
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
  sign_in_unanswered: {
    severity: "warning",
    who: "you",
    title: text("Microsoft's sign-in did not answer", "微软登录服务没有响应"),
    cause: text(
      "The sign-in service could not be asked about this sign-in. Nothing is wrong with {wanted}.",
      "无法向登录服务确认这次登录。{wanted} 本身没有问题。",
    ),
    steps: [
      {
        text: text("Sign in again in a moment", "请稍候再重新登录"),
        detail: text(
          "If it stays so, whoever runs Hitchpost here looks at its way to Microsoft: DNS, firewall, proxy.",
          "如果一直如此，请运行本系统的人检查到微软的网络：DNS、防火墙、代理。",
        ),
        action: "sign_in_again",
      },
    ],
    meanwhile: text("Nothing was stored.", "没有保存任何内容。"),
    recheckMinutes: null,
  },
  identity_answer_invalid: {
    severity: "blocking",
    who: "operator",
    title: text("The sign-in's answer failed a check", "登录服务的回答未通过校验"),
    cause: text(
      "The answer was not what a Microsoft sign-in gives; what was wrong with it stands below. A wrong clock on this server is the usual reason.",
      "返回内容不符合微软登录的规范，具体见下方；常见原因是本服务器的时钟不准。",
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
    meanwhile: retrying,
    recheckMinutes: 30,
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
} as const satisfies Record<string, FindingKind>;
