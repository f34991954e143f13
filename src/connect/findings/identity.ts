/** Findings of the way to Microsoft's sign-in, and of its answers. Tone: what happened, why, what now; no blame, no jargon. */
import { by, every, fact, from, idle, pages, retrying, signInAgain, step, testAgain, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const identityFindings = {
  token_wrong_audience: {
    ...by("operator"),
    title: text("The token is for another service", "令牌属于另一个服务"),
    cause: text(
      "A token for Graph does not open IMAP, POP or SMTP, nor the other way round.",
      "Graph 的令牌不能用于 IMAP、POP 或 SMTP，反之亦然。",
    ),
    steps: [
      step(
        text(
          "Ask for the mail scopes with https://outlook.office.com/ before them",
          "请求邮件权限时加上前缀 https://outlook.office.com/",
        ),
      ),
      signInAgain,
    ],
    ...idle,
    ...fact(
      "Graph “Invalid audience”; claims: aud is not the service asked",
      `${from.exchange}; report: office-developer-exchange-docs#87`,
      "token_refused",
    ),
  },
  identity_unreachable: {
    ...by("time", "warning"),
    title: text("Microsoft's sign-in cannot be reached", "无法连接微软登录服务"),
    cause: text(
      "The sign-in service did not answer this server. Nothing is wrong with the mailbox.",
      "登录服务没有响应本服务器。邮箱本身没有问题。",
    ),
    steps: [
      testAgain,
      step(text("Look at Microsoft's own status page", "查看微软的服务状态页"), {
        link: pages.serviceStatus,
      }),
    ],
    ...every(5),
    ...fact(
      "server_error, temporarily_unavailable; AADSTS90033; 429 and 5xx of the token endpoint",
      `${from.oauth}; report: zammad#5492`,
    ),
  },
  sign_in_unanswered: {
    ...by("you", "warning"),
    title: text("Microsoft's sign-in did not answer", "微软登录服务没有响应"),
    cause: text(
      "The sign-in service could not be asked about this sign-in. Nothing is wrong with {wanted}.",
      "无法向登录服务确认这次登录。{wanted} 本身没有问题。",
    ),
    steps: [
      step(text("Sign in again in a moment", "请稍候再重新登录"), {
        detail: text(
          "If it stays so, whoever runs Hitchpost here looks at its way to Microsoft: DNS, firewall, proxy.",
          "如果一直如此，请运行本系统的人检查到微软的网络：DNS、防火墙、代理。",
        ),
        action: "sign_in_again",
      }),
    ],
    meanwhile: text("Nothing was stored.", "没有保存任何内容。"),
    recheckMinutes: null,
    ...fact("as identity_unreachable, before there is a permission", "Hitchpost", "identity_unreachable"),
  },
  identity_answer_invalid: {
    ...by("operator"),
    title: text("The sign-in's answer failed a check", "登录服务的回答未通过校验"),
    cause: text(
      "The answer was not what a Microsoft sign-in gives; what was wrong with it stands below.",
      "返回内容不符合微软登录的规范，具体见下方。",
    ),
    steps: [
      step(
        text(
          "Check this server's clock and HITCHPOST_MICROSOFT_LOGIN_URL",
          "检查本服务器的时钟和 HITCHPOST_MICROSOFT_LOGIN_URL",
        ),
      ),
      signInAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 30,
    ...fact("issuer, nonce, signature or form of the answer", "OpenID Connect Core 3.1.3.7"),
  },
} as const satisfies Record<string, FindingKind>;
