/** Findings of the operator's app at Microsoft, and of the way to Microsoft's sign-in. Tone: what happened, why, what now; no blame, no jargon. */
import { by, dataKept, fact, from, idle, pages, step, text } from "./steps.ts";
import type { FindingKind, Text } from "./types.ts";

const inEntra = (words: Text, detail?: Text) =>
  step(words, { link: pages.entraApps, ...(detail === undefined ? {} : { detail }) });

export const appFindings = {
  app_refused: {
    ...by("operator"),
    title: text("Microsoft refuses this installation's app", "微软拒绝了本系统的应用"),
    cause: text(
      "The sign-in itself is fine; the app's registration is not: client id, secret or redirect address does not fit.",
      "登录本身没有问题，问题在于应用的注册信息：客户端 ID、密钥或重定向地址不正确。",
    ),
    steps: [
      inEntra(
        text("Ask whoever runs Hitchpost here to check the Microsoft app", "请运行本系统的人检查微软应用"),
        text(
          "The secret must be the Value, not the ID; the redirect address must be {redirectUri} to the letter.",
          "密钥必须填写“值”而不是 ID；重定向地址必须与 {redirectUri} 完全一致。",
        ),
      ),
    ],
    ...idle,
    recheckMinutes: 60,
    ...fact(
      "invalid_client, unauthorized_client, without a number that says more",
      `${from.oauth}; ${from.codes}`,
    ),
  },
  app_missing: {
    ...by("operator"),
    title: text("The app behind this mailbox is gone", "此邮箱所用的应用已不存在"),
    cause: text(
      "{wanted} was connected by the sandbox or a Microsoft app that this installation no longer has.",
      "{wanted} 是通过沙盒或某个微软应用连接的，本系统已不再配置它。",
    ),
    steps: [
      step(
        text(
          "Set HITCHPOST_MICROSOFT_CLIENT_ID again, or HITCHPOST_SANDBOX=on for a mailbox of the sandbox",
          "请重新设置 HITCHPOST_MICROSOFT_CLIENT_ID；沙盒邮箱则设置 HITCHPOST_SANDBOX=on",
        ),
      ),
      step(text("Or remove the mailbox", "或移除该邮箱")),
    ],
    meanwhile: dataKept,
    recheckMinutes: 60,
    ...fact("our own settings", "Hitchpost"),
  },
  resource_unknown: {
    ...by("operator"),
    title: text("The service asked for is not there in this organization", "该组织中没有所请求的服务"),
    cause: text(
      "The organization of {wanted} has no Exchange Online, or a permission names a service that does not exist.",
      "{wanted} 所在的组织没有 Exchange Online，或某项权限指向不存在的服务。",
    ),
    steps: [
      inEntra(
        text(
          "Check the permissions' names and that the user has Exchange Online",
          "检查权限名称，并确认用户有 Exchange Online",
        ),
      ),
    ],
    ...idle,
    ...fact("AADSTS500011", from.codes, "app_refused"),
  },
  scopes_mixed: {
    ...by("operator"),
    title: text("Permissions of two services were asked at once", "一次请求了两个服务的权限"),
    cause: text(
      "Microsoft gives a token for one service at a time; mail protocols and Graph are two. Or a permission's name is wrong.",
      "微软每次只发放一个服务的令牌，邮件协议与 Graph 是两个服务；也可能是权限名称有误。",
    ),
    steps: [
      step(text("Ask for each service by itself, with its full prefix", "分别请求每个服务，并写明完整前缀")),
    ],
    ...idle,
    ...fact(
      "AADSTS70011, 28000, 700022; invalid_scope",
      `${from.codes}; reports: Dolibarr#25888, outlookEmail#58`,
      "app_refused",
    ),
  },
  request_malformed: {
    ...by("operator"),
    title: text("The sign-in's request is incomplete", "登录请求不完整"),
    cause: text(
      "A parameter is missing or malformed; often a setting with a blank or a quotation mark too many.",
      "缺少参数或格式错误，常见于设置中多了空格或引号。",
    ),
    steps: [
      step(
        text(
          "Check client id, secret, tenant and addresses in the settings",
          "检查设置中的客户端 ID、密钥、租户和地址",
        ),
      ),
    ],
    ...idle,
    ...fact("AADSTS90014, 90023, 9002313; invalid_request", from.codes, "app_refused"),
  },
  tenant_needed: {
    ...by("operator"),
    title: text("This way in needs the organization's own address", "此方式需要填写具体组织"),
    cause: text(
      "An app without a user signs in at one organization, not at “common”.",
      "无用户的应用登录必须指定组织，不能使用“common”。",
    ),
    steps: [
      inEntra(text("Put the Directory (tenant) ID in place of “common”", "用目录(租户) ID 替换“common”")),
    ],
    ...idle,
    ...fact("AADSTS9001023", from.codes, "app_refused"),
  },
} as const satisfies Record<string, FindingKind>;
