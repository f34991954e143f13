/** Findings of Gmail, Yahoo, iCloud, Fastmail, QQ, NetEase, Yandex. Tone: what happened, why, what now; no blame, no jargon. */
import { by, every, fact, idle, pages, step, testAgain, text } from "./steps.ts";
import type { FindingKind, Text } from "./types.ts";

const makeOne = (words: Text, link: string, detail?: Text) =>
  step(words, { link, ...(detail === undefined ? {} : { detail }) });
const enterIt = step(text("Enter it here in place of the usual password", "在此填写它，而不是平时的密码"), {
  action: "sign_in_again",
});

export const otherProviderFindings = {
  gmail_app_password_needed: {
    ...by("you"),
    title: text("Gmail wants an app password", "Gmail 要求使用应用专用密码"),
    cause: text(
      "Google takes no usual password from programs; {wanted} needs one made for this purpose.",
      "Google 不接受程序使用平时的密码，{wanted} 需要专门生成一个。",
    ),
    steps: [
      makeOne(
        text("Make an app password", "生成应用专用密码"),
        pages.gmailPassword,
        text("It has 16 letters; blanks do not matter.", "共 16 个字母，空格可忽略。"),
      ),
      enterIt,
      makeOne(
        text(
          "The page says that it is not available? Switch two-step verification on first",
          "页面提示不可用？请先开启两步验证",
        ),
        pages.gmailTwoStep,
      ),
    ],
    ...idle,
    ...fact(
      "534 5.7.9, “Application-specific password required”; “Username and Password not accepted”; [AUTHENTICATIONFAILED] Invalid credentials at Gmail",
      "Google, “Sign in with app passwords”",
      "password_refused",
    ),
  },
  gmail_two_step_off: {
    ...by("you"),
    title: text("Two-step verification is off", "未开启两步验证"),
    cause: text(
      "Google makes app passwords only for accounts with two-step verification, and work accounts may forbid them.",
      "只有开启两步验证的账户才能生成应用专用密码，工作账户也可能禁止使用。",
    ),
    steps: [
      makeOne(text("Switch two-step verification on", "开启两步验证"), pages.gmailTwoStep),
      makeOne(text("Then make an app password", "然后生成应用专用密码"), pages.gmailPassword),
      enterIt,
    ],
    ...idle,
    ...fact(
      "“The setting you are looking for is not available for your account”",
      "Google, “Sign in with app passwords”",
      "gmail_app_password_needed",
    ),
  },
  gmail_imap_off: {
    ...by("you"),
    title: text("IMAP is switched off in Gmail", "Gmail 未开启 IMAP"),
    cause: text(
      "{wanted} does not let programs read its mail; for a work account the admin decides.",
      "{wanted} 未允许程序收信；工作账户由管理员决定。",
    ),
    steps: [
      makeOne(
        text("Switch IMAP on", "开启 IMAP"),
        pages.gmailImap,
        text("Settings › Forwarding and POP/IMAP › Enable IMAP.", "设置 › 转发和 POP/IMAP › 启用 IMAP。"),
      ),
      testAgain,
    ],
    ...every(30),
    ...fact(
      "“Your account is not enabled for IMAP use”; “IMAP access is disabled for your domain”",
      "Google, “Add Gmail to another email client”",
      "imap_disabled",
    ),
  },
  gmail_web_sign_in: {
    ...by("you"),
    title: text("Google wants you to sign in in a browser first", "Google 要求先在浏览器登录"),
    cause: text(
      "Google found the sign-in of {wanted} unusual and holds it until you confirm.",
      "Google 认为 {wanted} 的登录异常，需要您确认。",
    ),
    steps: [
      makeOne(
        text("Sign in and confirm “Yes, it was me”", "登录并确认“是，是我”"),
        "https://myaccount.google.com/notifications",
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "[WEBALERT], “Please log in via your web browser”",
      "Google, “Gmail IMAP errors”",
      "account_locked",
    ),
  },
  yahoo_app_password_needed: {
    ...by("you"),
    title: text("Yahoo wants an app password", "Yahoo 要求使用应用专用密码"),
    cause: text(
      "Yahoo and AOL take no usual password from programs.",
      "Yahoo 和 AOL 不接受程序使用平时的密码。",
    ),
    steps: [
      makeOne(
        text("Account security › Generate app password", "账户安全 › 生成应用密码"),
        pages.yahooSecurity,
      ),
      enterIt,
    ],
    ...idle,
    ...fact(
      "[AUTHENTICATIONFAILED] LOGIN Invalid credentials, 535 5.7.0 (#AUTH005), #MBR1212 at Yahoo",
      "Yahoo, “Generate third-party passwords”",
      "password_refused",
    ),
  },
  icloud_app_password_needed: {
    ...by("you"),
    title: text("iCloud wants an app-specific password", "iCloud 要求使用 App 专用密码"),
    cause: text(
      "Apple takes no usual password from programs, and needs two-factor authentication on.",
      "Apple 不接受程序使用平时的密码，并要求开启双重认证。",
    ),
    steps: [
      makeOne(
        text("Sign-In and Security › App-Specific Passwords", "登录与安全 › App 专用密码"),
        pages.appleAccount,
      ),
      enterIt,
    ],
    ...idle,
    ...fact(
      "[AUTHENTICATIONFAILED] at imap.mail.me.com; 535 5.7.8 at smtp.mail.me.com",
      "Apple, “Sign in to apps with your Apple Account using app-specific passwords”",
      "password_refused",
    ),
  },
  fastmail_app_password_needed: {
    ...by("you"),
    title: text("Fastmail wants an app password", "Fastmail 要求使用应用密码"),
    cause: text(
      "Fastmail takes only passwords that were made for a program, with the right for mail.",
      "Fastmail 只接受为程序生成、且带邮件权限的密码。",
    ),
    steps: [
      makeOne(
        text("Settings › Privacy & Security › App passwords", "设置 › 隐私与安全 › 应用密码"),
        pages.fastmailPasswords,
      ),
      enterIt,
    ],
    ...idle,
    ...fact(
      "[AUTHENTICATIONFAILED] at Fastmail; “app password”",
      "Fastmail, “App passwords”",
      "password_refused",
    ),
  },
  qq_authorization_code_needed: {
    ...by("you"),
    title: text("QQ wants its authorization code", "QQ 邮箱要求使用授权码"),
    cause: text(
      "QQ takes a code made in its settings in place of the password.",
      "QQ 邮箱要求用设置中生成的授权码代替密码。",
    ),
    steps: [
      makeOne(
        text("Settings › Account › generate an authorization code", "设置 › 账户 › 生成授权码"),
        pages.qqMail,
      ),
      enterIt,
    ],
    ...idle,
    ...fact(
      "“请使用授权码登录”, “Login fail. Account is abnormal, service is not open, password is incorrect …” at QQ",
      "QQ Mail, “授权码” help",
      "password_refused",
    ),
  },
  qq_service_off: {
    ...by("you"),
    title: text("IMAP is switched off at QQ", "QQ 邮箱未开启 IMAP 服务"),
    cause: text("{wanted} does not let programs read or send yet.", "{wanted} 尚未允许程序收发邮件。"),
    steps: [
      makeOne(
        text("Settings › Account › switch IMAP/SMTP on", "设置 › 账户 › 开启 IMAP/SMTP 服务"),
        pages.qqMail,
        text("It then shows an authorization code: enter that here.", "开启后会显示授权码，请填写在此。"),
      ),
      enterIt,
    ],
    ...every(60),
    ...fact(
      "“service is not open”, “未开启”, “The service is not open” at QQ",
      "QQ Mail help",
      "imap_disabled",
    ),
  },
  netease_authorization_code_needed: {
    ...by("you"),
    title: text("NetEase wants its authorization code", "网易邮箱要求使用授权码"),
    cause: text(
      "163, 126 and yeah.net take a code made in their settings in place of the password.",
      "163、126 和 yeah.net 要求用设置中生成的授权码代替密码。",
    ),
    steps: [
      makeOne(
        text("Settings › POP3/SMTP/IMAP › new authorization code", "设置 › POP3/SMTP/IMAP › 新增授权密码"),
        pages.neteaseMail,
      ),
      enterIt,
    ],
    ...idle,
    ...fact(
      "“LOGIN Login error or password error”, “550 User has no permission”, “535 Error: authentication failed” at NetEase",
      "NetEase Mail help",
      "password_refused",
    ),
  },
  netease_service_off: {
    ...by("you"),
    title: text("IMAP is switched off at NetEase", "网易邮箱未开启 IMAP 服务"),
    cause: text("{wanted} does not let programs read or send yet.", "{wanted} 尚未允许程序收发邮件。"),
    steps: [
      makeOne(
        text(
          "Settings › POP3/SMTP/IMAP › switch IMAP/SMTP on",
          "设置 › POP3/SMTP/IMAP › 开启 IMAP/SMTP 服务",
        ),
        pages.neteaseMail,
      ),
      enterIt,
    ],
    ...every(60),
    ...fact("“User has no permission”, “服务未开启” at NetEase", "NetEase Mail help", "imap_disabled"),
  },
  netease_unsafe_login: {
    ...by("operator"),
    title: text("NetEase calls the sign-in unsafe", "网易认为此次登录不安全"),
    cause: text(
      "NetEase wants each program to say who it is (IMAP ID) after the sign-in, and this one did not.",
      "网易要求程序在登录后表明身份（IMAP ID），而当前程序没有这样做。",
    ),
    steps: [
      step(
        text(
          "Use a program that sends IMAP ID; Hitchpost does",
          "使用会发送 IMAP ID 的程序，Hitchpost 会发送",
        ),
      ),
      makeOne(
        text("Look in the mailbox for NetEase's own warning and confirm it", "在邮箱中查看网易的提醒并确认"),
        pages.neteaseMail,
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "NO SELECT Unsafe Login. Please contact kefu@188.com for help",
      "RFC 2971; reports of mail programs",
    ),
  },
  yandex_app_password_needed: {
    ...by("you"),
    title: text("Yandex wants an app password, and IMAP switched on", "Yandex 要求应用密码并开启 IMAP"),
    cause: text(
      "Yandex takes an app password only, after reading by programs was allowed in its settings.",
      "Yandex 只接受应用密码，且须先在设置中允许程序收信。",
    ),
    steps: [
      makeOne(
        text("Mail settings › Email clients › allow IMAP", "邮件设置 › 邮件客户端 › 允许 IMAP"),
        "https://mail.yandex.com/#setup/client",
      ),
      makeOne(
        text("Make an app password for mail", "生成邮件应用密码"),
        "https://id.yandex.com/security/app-passwords",
      ),
      enterIt,
    ],
    ...idle,
    ...fact(
      "“This user does not have access rights to this service”, “Application password is required” at Yandex",
      "Yandex, “App passwords”",
      "password_refused",
    ),
  },
} as const satisfies Record<string, FindingKind>;
