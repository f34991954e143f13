/** Findings of the person's account: which one it is, and what Microsoft keeps it from. Tone: what happened, why, what now; no blame, no jargon. */
import {
  by,
  every,
  fact,
  from,
  idle,
  keeping,
  pages,
  signInAgain,
  startAgain,
  step,
  testAgain,
  text,
  unverified,
} from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const accountFindings = {
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
    ...fact(
      "claims: the account that signed in is not the one asked for; “does not match the integrated email”",
      "Microsoft identity platform, “ID token claims reference”; reports of help desks",
    ),
  },
  account_replaced: {
    ...by("you"),
    title: text("Another account of the same name", "同名的另一个账户"),
    cause: text(
      "The account that signed in is called {wanted} too, but it is not the one that this mailbox was connected with.",
      "登录的账户也叫 {wanted}，但不是此邮箱原来连接的那个账户。",
    ),
    steps: [
      step(text("Sign in again with the other account", "用另一个账户重新登录"), {
        detail: text(
          "Microsoft keeps personal accounts apart from those of work or school, also where both have one address, and asks which is meant.",
          "即使地址相同，微软也会区分个人账户与工作或学校账户，登录时会询问使用哪一个。",
        ),
        action: "sign_in_again",
      }),
      step(text("Is the account before gone for good?", "原来的账户已不存在？"), {
        detail: text(
          "Then remove this mailbox, and connect {wanted} as a new one.",
          "那就移除此邮箱，再把 {wanted} 作为新邮箱连接。",
        ),
      }),
    ],
    meanwhile: text(
      "Nothing was stored of the account that signed in; its permission was thrown away.",
      "我们没有保存所登录账户的任何内容，它的授权已被丢弃。",
    ),
    recheckMinutes: null,
    ...fact(
      "claims: the same address, another tid and oid",
      "Microsoft identity platform, “ID token claims reference”",
      "account_mismatch",
    ),
  },
  sub_account: {
    ...by("you"),
    title: text("This address is part of another account", "这个地址属于另一个账户"),
    cause: text(
      "{wanted} has no account of its own: it is an alias, a child account, or a name that Microsoft made up for another account.",
      "{wanted} 没有独立的账户：它是别名、子账户，或微软为另一个账户自动生成的名称。",
    ),
    steps: [
      step(text("Connect the main account instead", "改为连接主账户"), {
        detail: text(
          "Mail to every name of an account arrives in the same mailbox. The page lists all names and marks the main one.",
          "同一账户的所有地址共用一个邮箱。该页面会列出全部名称并标出主名称。",
        ),
        link: pages.microsoftAliases,
        action: "sign_in_again",
      }),
      step(text("Or make {wanted} the account's main name", "或把 {wanted} 设为账户的主名称"), {
        link: pages.microsoftAliases,
      }),
    ],
    ...idle,
    ...fact(
      "claims name another, primary address; outlook_<16 hex digits>@outlook.com; “sub-account”, “not a primary alias”",
      "Reports: Wino-Mail#1016, thunderbird-android#8024, microsoft-graph-docs#9296",
      "account_mismatch",
      "token_refused",
      "smtp_token_refused",
    ),
  },
  address_not_told: {
    ...by("you", "warning"),
    title: text("Microsoft did not say which address this is", "微软没有告知这是哪个地址"),
    cause: text(
      "The sign-in worked, but its answer holds no e-mail address, so it cannot be compared with {wanted}.",
      "登录成功，但返回内容中没有邮箱地址，无法与 {wanted} 核对。",
    ),
    steps: [
      step(text("Sign in again and allow “View your basic profile”", "重新登录，并允许“查看基本个人资料”"), {
        action: "sign_in_again",
      }),
    ],
    ...idle,
    ...fact(
      "id_token without email, preferred_username or UPN",
      "Reports: chatwoot#14828, outlook-dev-docs#196",
    ),
  },
  account_not_in_tenant: {
    ...by("you"),
    title: text("This account is not known where you signed in", "登录的组织中没有此账户"),
    cause: text(
      "The sign-in went to an organization that {wanted} does not belong to; often a personal account at a company's sign-in.",
      "登录的是一个 {wanted} 不属于的组织，常见于用个人账户登录公司入口。",
    ),
    steps: [
      step(text("Sign in again with an account of that organization", "用该组织的账户重新登录"), {
        detail: text(
          "Or choose “Outlook / Hotmail” for a personal account, “Microsoft 365” for one of work or school.",
          "个人账户请选择“Outlook / Hotmail”，工作或学校账户请选择“Microsoft 365”。",
        ),
        action: "sign_in_again",
      }),
      step(
        text(
          "Still the same? The operator's app allows one organization only",
          "仍然如此？可能是应用只允许一个组织",
        ),
        {
          detail: text(
            "It must be registered for “accounts in any organizational directory and personal Microsoft accounts”.",
            "应用须注册为“任何组织目录中的帐户和个人 Microsoft 帐户”。",
          ),
          link: pages.entraApps,
        },
      ),
    ],
    ...idle,
    ...fact("AADSTS50020, 50034, 16000, 51004", from.codes),
  },
  account_locked: {
    ...by("you"),
    title: text("Microsoft has locked the account for now", "微软暂时锁定了账户"),
    cause: text(
      "Too many failed sign-ins or an unusual one made Microsoft block {wanted} until its owner confirms it.",
      "由于多次登录失败或出现异常登录，微软已阻止 {wanted}，需要本人确认。",
    ),
    steps: [
      step(
        text("Sign in at outlook.com and follow what Microsoft asks", "登录 outlook.com 并按微软提示操作"),
        {
          detail: text("Under “Recent activity”, confirm “This was me”.", "在“最近活动”中确认“是我本人”。"),
          link: pages.microsoftActivity,
        },
      ),
      step(
        text(
          "For an account of work or school: ask the admin to unblock it",
          "工作或学校账户：请管理员解除锁定",
        ),
        {
          link: pages.adminCenter,
        },
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "AADSTS50053; IMAP “LOGIN failed. Account is blocked”; AccountLockedDown [U]",
      `${from.codes}; reports: node-imap#799, thunderbird-android#628`,
    ),
  },
  account_disabled: {
    ...by("admin"),
    title: text("The account is switched off", "账户已被停用"),
    cause: text("An administrator disabled {wanted}.", "管理员停用了 {wanted}。"),
    steps: [
      step(text("Ask the admin to allow sign-in for this user", "请管理员允许该用户登录"), {
        detail: text(
          "Users › Active users › the user › “Unblock sign-in”.",
          "用户 › 活动用户 › 该用户 › “取消阻止登录”。",
        ),
        link: pages.adminCenter,
      }),
      testAgain,
    ],
    ...every(360),
    ...fact("AADSTS50057", from.codes),
  },
  service_abuse: {
    ...by("you"),
    title: text("Microsoft has suspended the account", "微软已暂停此账户"),
    cause: text(
      "Microsoft put {wanted} into “service abuse mode”: it believes that the account broke its terms, or was taken over.",
      "微软将 {wanted} 置于“滥用”状态：认为该账户违反了服务条款，或已被他人盗用。",
    ),
    steps: [
      step(text("Sign in at outlook.com and verify the account", "登录 outlook.com 验证账户"), {
        detail: text("Microsoft usually asks for a phone number.", "微软通常会要求验证手机号。"),
        link: pages.outlook,
      }),
      step(text("If it stays suspended, ask Microsoft to look at it again", "如果仍被暂停，请向微软申诉"), {
        link: pages.microsoftUnlock,
      }),
      signInAgain,
    ],
    ...keeping,
    ...fact(
      "AADSTS70000 “User account is found to be in service abuse mode”",
      `${from.codes}; report: microsoft-authentication-library-for-objc#2094`,
    ),
  },
  microsoft_password_wrong: {
    ...by("you"),
    title: text("Microsoft did not take the password", "微软没有接受密码"),
    cause: text(
      "The password typed at Microsoft's page for {wanted} was wrong, or the account has none.",
      "在微软页面为 {wanted} 输入的密码不正确，或该账户没有密码。",
    ),
    steps: [
      step(text("Sign in again", "重新登录"), { action: "sign_in_again" }),
      step(text("Forgotten? Set a new one", "忘记了？请重设密码"), { link: pages.microsoftReset }),
    ],
    ...idle,
    ...fact("AADSTS50126, 50056", from.codes),
  },
  microsoft_password_expired: {
    ...by("you"),
    title: text("The account's password has expired", "账户密码已过期"),
    cause: text(
      "Microsoft wants a new password for {wanted} before anything else.",
      "微软要求先为 {wanted} 设置新密码。",
    ),
    steps: [
      step(text("Set a new password at Microsoft", "在微软设置新密码"), { link: pages.microsoftSecurity }),
      signInAgain,
    ],
    ...keeping,
    ...fact("AADSTS50055", from.codes),
  },
  mfa_required: {
    ...by("you"),
    title: text("Microsoft asks for a second proof", "微软要求第二重验证"),
    cause: text(
      "{wanted} must confirm its sign-in with a phone, an app or a key. Only a person can do that.",
      "{wanted} 需要用手机、验证应用或安全密钥确认登录，这只能由本人完成。",
    ),
    steps: [
      step(text("Sign in again and confirm at Microsoft", "重新登录并在微软完成验证"), {
        action: "sign_in_again",
      }),
      step(text("Nothing set up yet? Add a way to confirm", "尚未设置？请添加验证方式"), {
        link: pages.mySignIns,
      }),
    ],
    ...keeping,
    ...fact("AADSTS50072, 50074, 50076, 50078, 50079, 50158", from.codes, "sign_in_needed"),
  },
  conditional_access: {
    ...by("admin"),
    title: text("A rule of the organization forbids it", "组织的访问策略不允许"),
    cause: text(
      "The organization of {wanted} allows sign-in only from certain devices, places or apps, and this server is none of them.",
      "{wanted} 所在的组织只允许特定设备、地点或应用登录，本服务器不在其中。",
    ),
    steps: [
      step(
        text(
          "Ask the admin to allow this app and this server's address",
          "请管理员允许此应用和本服务器的地址",
        ),
        {
          detail: text(
            "Entra › Sign-in logs shows which policy stopped it. “Security defaults” count as one.",
            "Entra 的“登录日志”会显示是哪条策略；“安全默认值”也算策略。",
          ),
          link: pages.entraPolicies,
        },
      ),
      signInAgain,
    ],
    ...keeping,
    ...fact(
      "AADSTS53000 to 53003, 530032, 530034, 530035; SMTP 535 5.7.139 “did not meet the criteria”, “security defaults policy”",
      `${from.codes}; ${from.submission}`,
      "sign_in_needed",
    ),
  },
  user_not_assigned: {
    ...by("admin"),
    title: text("The account may not use this app yet", "账户尚未获准使用此应用"),
    cause: text(
      "The organization gives this app to chosen people only, and {wanted} is not among them.",
      "组织只允许指定的人使用此应用，{wanted} 不在其中。",
    ),
    steps: [
      step(text("Ask the admin to assign the user to the app", "请管理员将该用户分配给应用"), {
        detail: text(
          "Entra › Enterprise applications › the app › Users and groups.",
          "Entra › 企业应用程序 › 该应用 › 用户和组。",
        ),
        link: pages.entraConsent,
      }),
      startAgain,
    ],
    ...idle,
    ...fact("AADSTS50105", from.codes),
  },
  mailbox_not_initialised: {
    ...by("time"),
    title: text("The mailbox is not ready yet", "邮箱尚未准备好"),
    cause: text(
      "{wanted} is new: Microsoft makes the mailbox only once the account has been opened or has sent or received a mail.",
      "{wanted} 是新账户：首次打开、发送或收到邮件之后，微软才会创建邮箱。",
    ),
    steps: [
      step(text("Open the mailbox once at outlook.com", "在 outlook.com 打开一次邮箱"), {
        detail: text(
          "Then send a mail to yourself; a new mailbox can take from minutes to a few days.",
          "然后给自己发一封邮件；新邮箱可能需要几分钟到几天。",
        ),
        link: pages.outlook,
      }),
      testAgain,
    ],
    meanwhile: text(
      "We look again by ourselves, keep your permission, and connect when the mailbox is ready.",
      "我们会自动复查并保留您的授权，邮箱就绪后即会连接。",
    ),
    recheckMinutes: 60,
    ...unverified(
      "Graph MailboxNotEnabledForRESTAPI, ErrorNonExistentMailbox of a personal account; “There was an issue looking up your account”; nothing happens after Next",
      "Reports: microsoft-graph-docs#405, zammad#3230, outlook-account-creator#19; the waiting time is told by one help page alone",
      "imap_not_open",
      "token_refused",
    ),
  },
} as const satisfies Record<string, FindingKind>;
