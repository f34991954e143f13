/** Findings of the permission: given, declined, run out, withdrawn. Tone: what happened, why, what now; no blame, no jargon. */
import {
  by,
  every,
  fact,
  from,
  idle,
  keeping,
  nothing,
  pages,
  signInAgain,
  startAgain,
  step,
  text,
} from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const permissionFindings = {
  consent_declined: {
    ...by("you"),
    title: text("The permission was not given", "没有授予权限"),
    cause: text(
      "Microsoft says that the sign-in was cancelled or the permissions were declined. Without them we cannot read or send mail of {wanted}.",
      "微软表示登录被取消或权限被拒绝。没有这些权限，我们无法读取或发送 {wanted} 的邮件。",
    ),
    steps: [
      step(text("Sign in again and choose Accept", "重新登录并选择“接受”"), {
        detail: text(
          "The list of permissions stands on the page before Microsoft's.",
          "权限清单就在跳转到微软之前的页面上。",
        ),
        action: "sign_in_again",
      }),
    ],
    ...idle,
    ...fact("access_denied, authorization_declined; AADSTS65004", `${from.codes}; ${from.oauth}`),
  },
  consent_missing: {
    ...by("you"),
    title: text("A permission is missing", "缺少一项权限"),
    cause: text(
      "{wanted} never allowed this app what it needs now, or allowed less before.",
      "{wanted} 从未允许此应用所需的权限，或之前只允许了一部分。",
    ),
    steps: [
      step(text("Sign in again and accept all permissions", "重新登录并接受全部权限"), {
        action: "sign_in_again",
      }),
    ],
    ...keeping,
    ...fact(
      "consent_required; AADSTS65001; AADSTS70000 “scopes requested are unauthorized or expired”",
      `${from.codes}; report: outlookEmailPlus#107`,
      "sign_in_needed",
    ),
  },
  admin_consent_required: {
    ...by("admin"),
    title: text("An administrator must allow this app first", "需要管理员先批准此应用"),
    cause: text(
      "In the organization of {wanted}, people may not allow apps by themselves to read mail.",
      "在 {wanted} 所在的组织中，成员不能自行允许应用读取邮件。",
    ),
    steps: [
      step(text("Send the approval link to the admin", "把批准链接发给管理员"), {
        detail: text(
          "The admin opens it, signs in and accepts once for everybody.",
          "管理员打开链接、登录并一次性为所有人接受。",
        ),
        action: "copy_admin_link",
      }),
      step(text("Or the admin approves it in Entra", "或由管理员在 Entra 中批准"), {
        detail: text(
          "Enterprise applications › the app › Permissions › “Grant admin consent”.",
          "企业应用程序 › 该应用 › 权限 › “授予管理员同意”。",
        ),
        link: pages.entraConsent,
      }),
      step(text("Then sign in again", "然后重新登录"), { action: "sign_in_again" }),
    ],
    ...idle,
    ...fact(
      "AADSTS90094, 90095; “Need admin approval”",
      `${from.codes}; “Manage app consent policies”; reports: n8n#22523, osTicket#5390`,
      "consent_missing",
    ),
  },
  sign_in_needed: {
    ...by("you"),
    title: text("Microsoft wants you to sign in again", "微软要求您重新登录"),
    cause: text(
      "The permission for {wanted} no longer works: after a password change, 90 unused days, or by an administrator's decision.",
      "{wanted} 的授权已失效：可能是更改了密码、90 天未使用，或管理员的决定。",
    ),
    steps: [signInAgain],
    ...keeping,
    ...fact(
      "invalid_grant, interaction_required, login_required, AADSTS50058, 70000, without a number that says more",
      `${from.oauth}; ${from.codes}`,
    ),
  },
  grant_expired: {
    ...by("you"),
    title: text("The permission has run out", "授权已过期"),
    cause: text(
      "Microsoft ended the permission for {wanted} because of its age: unused for 90 days, or past the time that the organization allows.",
      "微软因时限终止了 {wanted} 的授权：90 天未使用，或超过了组织允许的时间。",
    ),
    steps: [signInAgain],
    ...keeping,
    ...fact(
      "AADSTS70008, 700082, 700084",
      `${from.codes}; ${from.refresh}; report: osTicket#6455`,
      "sign_in_needed",
    ),
  },
  sign_in_frequency: {
    ...by("you"),
    title: text("The organization asks for a new sign-in", "组织要求重新登录"),
    cause: text(
      "A rule of the organization lets each sign-in last so long only (sign-in frequency), and the time of {wanted} is over.",
      "组织的策略限制了每次登录的有效时长（登录频率），{wanted} 的登录已到期。",
    ),
    steps: [
      signInAgain,
      step(
        text(
          "If it comes back too often: ask the administrator to exempt this app from the rule",
          "如果过于频繁：请管理员让此应用不受该策略限制",
        ),
        {
          detail: text(
            "Entra admin center › Protection › Conditional Access › the policy › Session › Sign-in frequency.",
            "Entra 管理中心 › 保护 › 条件访问 › 该策略 › 会话 › 登录频率。",
          ),
        },
      ),
    ],
    ...keeping,
    ...fact(
      "AADSTS70043; “due to sign-in frequency checks by conditional access”",
      from.codes,
      "grant_expired",
      "conditional_access",
      "sign_in_needed",
    ),
  },
  grant_revoked: {
    ...by("you"),
    title: text("The permission was withdrawn", "授权已被撤销"),
    cause: text(
      "After a new password, a removal in the account's settings or an administrator's decision, Microsoft ended the permission for {wanted}.",
      "由于更改密码、在账户设置中移除应用或管理员的决定，微软终止了 {wanted} 的授权。",
    ),
    steps: [signInAgain],
    ...keeping,
    ...fact(
      "AADSTS50132, 50133, 50173; “grant has been revoked”",
      `${from.codes}; ${from.refresh}`,
      "sign_in_needed",
    ),
  },
  authorization_expired: {
    ...by("you"),
    title: text("This sign-in has run out", "这次登录已超时"),
    cause: text(
      "A sign-in must be finished within 15 minutes, once, and in the browser that began it.",
      "登录需在 15 分钟内、在发起它的同一个浏览器中完成，且只能使用一次。",
    ),
    steps: [startAgain],
    ...idle,
    ...fact("state does not fit; AADSTS54005 (code used twice), 501481 (code verifier)", from.codes),
  },
  browser_went_back: {
    ...by("you"),
    title: text("The browser went back in the middle of the sign-in", "登录途中浏览器返回了上一页"),
    cause: text(
      "Microsoft was sent an old page of this sign-in, as the back button or a bookmark does.",
      "微软收到的是本次登录的旧页面，通常由“后退”按钮或书签引起。",
    ),
    steps: [startAgain],
    ...idle,
    ...fact("AADSTS900561", from.codes, "authorization_expired"),
  },
  device_code_expired: {
    ...by("you"),
    title: text("The code was not entered in time", "代码未及时输入"),
    cause: text(
      "A device code lives 15 minutes; this one has run out.",
      "设备代码有效 15 分钟，此代码已过期。",
    ),
    steps: [step(text("Get a new code", "获取新代码"), { action: "sign_in_again" })],
    ...idle,
    ...fact("expired_token, code_expired; AADSTS70019", from.device, "authorization_expired"),
  },
  device_code_wrong: {
    ...by("you"),
    title: text("Microsoft does not know that code", "微软不认识这个代码"),
    cause: text("The code entered does not belong to this sign-in.", "输入的代码不属于这次登录。"),
    steps: [
      step(text("Get a new code and type it as shown", "获取新代码并按显示输入"), {
        action: "sign_in_again",
      }),
    ],
    ...idle,
    ...fact("bad_verification_code; AADSTS70018", from.device, "authorization_expired"),
  },
  device_code_waiting: {
    ...by("you", "warning"),
    title: text("Microsoft waits for the code", "微软正在等待代码"),
    cause: text("Nobody has entered the code yet. This is no failure.", "还没有人输入代码，这不是故障。"),
    steps: [
      step(text("Enter the code at Microsoft", "在微软页面输入代码"), {
        link: "https://microsoft.com/devicelogin",
      }),
    ],
    ...every(1),
    ...fact("authorization_pending, slow_down; AADSTS70016", from.device),
  },
  google_app_in_testing: {
    ...by("operator"),
    title: text("The Google app is still “in testing”", "Google 应用仍处于“测试”状态"),
    cause: text(
      "Google ends every permission of an app in testing after seven days.",
      "对于测试状态的应用，Google 会在七天后终止所有授权。",
    ),
    steps: [
      step(text("Set the app's publishing status to “In production”", "将应用的发布状态改为“正式版”"), {
        link: "https://console.cloud.google.com/auth/audience",
      }),
      signInAgain,
    ],
    meanwhile: nothing,
    recheckMinutes: null,
    ...fact(
      "invalid_grant “Token has been expired or revoked” from Google; “has not completed the Google verification process”",
      "Google Cloud, “Manage OAuth app branding”, publishing status",
      "sign_in_needed",
    ),
  },
} as const satisfies Record<string, FindingKind>;
