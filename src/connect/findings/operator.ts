/** Findings of a Microsoft app's registration: the operator's to mend, before any user tries. */
import { fact, from, nothing, text } from "./steps.ts";
import type { FindingKind, Step } from "./types.ts";

const registrations = "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade";

/** Where in Microsoft's pages it is set right. */
const inRegistration = (en: string, zh: string, where: { en: string; zh: string }): Step => ({
  text: text(en, zh),
  detail: text(
    `Microsoft Entra admin center › App registrations › your app › ${where.en}.`,
    `Microsoft Entra 管理中心 › 应用注册 › 您的应用 › ${where.zh}。`,
  ),
  link: registrations,
  action: "open_link",
});

const secretsPage = { en: "Certificates & secrets", zh: "证书和密码" };
const authentication = { en: "Authentication", zh: "身份验证" };

const operator = { severity: "blocking", who: "operator", meanwhile: nothing, recheckMinutes: null } as const;

export const operatorFindings = {
  app_tenant_unknown: {
    ...operator,
    title: text("There is no such tenant", "没有这个租户"),
    cause: text(
      "Microsoft knows no tenant “{tenant}” at {host}. It may be mistyped, or live in another cloud.",
      "微软在 {host} 找不到租户“{tenant}”：可能写错了，或属于另一个云。",
    ),
    steps: [
      {
        text: text(
          "Use “common” for personal and work accounts, or copy the Directory (tenant) ID",
          "个人和工作账户都要用时填“common”，否则请复制“目录（租户）ID”",
        ),
        detail: text(
          "“consumers” is for personal accounts alone, “organizations” for work and school accounts.",
          "“consumers”只用于个人账户，“organizations”只用于工作或学校账户。",
        ),
      },
    ],
    ...fact("AADSTS90002", from.codes, "app_refused"),
  },
  app_client_unknown: {
    ...operator,
    title: text("Microsoft does not know this client ID", "微软不认识这个客户端 ID"),
    cause: text(
      "No app with the client ID {clientId} is registered there. The secret's ID or the object ID is often copied in its place.",
      "那里没有注册客户端 ID 为 {clientId} 的应用。常见原因是误复制了密码 ID 或对象 ID。",
    ),
    steps: [
      inRegistration("Copy the Application (client) ID", "复制“应用程序（客户端）ID”", {
        en: "Overview",
        zh: "概述",
      }),
    ],
    ...fact("AADSTS700016, 70001; a client id that is no GUID", from.codes, "app_refused"),
  },
  app_secret_wrong: {
    ...operator,
    title: text("The client secret is wrong", "客户端密码不正确"),
    cause: text(
      "Microsoft refuses the secret of {clientId}: it is not one of this app's, was removed, or was copied in part.",
      "微软拒绝了 {clientId} 的密码：它不属于此应用、已被删除，或复制得不完整。",
    ),
    steps: [
      inRegistration(
        "Make a new client secret and copy its Value",
        "新建客户端密码并复制它的“值”",
        secretsPage,
      ),
      {
        text: text("Enter it here in place of the old one", "在这里用它替换旧密码"),
        detail: text(
          "Microsoft shows the Value once, right after the secret was made.",
          "“值”只在创建后显示一次。",
        ),
      },
    ],
    ...fact("AADSTS7000215", from.codes, "app_refused"),
  },
  app_secret_is_id: {
    ...operator,
    title: text("This is the secret's ID, not its value", "填写的是密码的 ID，而不是“值”"),
    cause: text(
      "What was entered as the secret has the form of an ID. Microsoft lists a Value and a Secret ID side by side; only the Value signs in.",
      "填入的密码是 ID 的格式。微软把“值”和“密码 ID”并排列出，只有“值”才有效。",
    ),
    steps: [
      inRegistration("Copy the Value", "复制“值”这一列", secretsPage),
      {
        text: text("Is the Value hidden already? Make a new secret", "“值”已被隐藏？请新建一个密码"),
        detail: text("It is shown once, right after the secret was made.", "它只在创建后显示一次。"),
      },
    ],
    ...fact("AADSTS7000215, where the secret has the form of an id", from.codes, "app_secret_wrong"),
  },
  app_secret_expired: {
    ...operator,
    title: text("The client secret has expired", "客户端密码已过期"),
    cause: text(
      "Microsoft no longer takes the secret of {clientId}. Mailboxes that were connected with it stop when their tokens run out.",
      "微软不再接受 {clientId} 的密码。用它连接的邮箱会在令牌到期后停止同步。",
    ),
    steps: [
      inRegistration(
        "Make a new client secret and copy its Value",
        "新建客户端密码并复制它的“值”",
        secretsPage,
      ),
      {
        text: text("Enter it here with the day it expires", "在这里填写新密码及其到期日"),
        detail: text(
          "Mailboxes go on by themselves; nobody has to sign in again.",
          "邮箱会自动恢复，无需任何人重新登录。",
        ),
      },
    ],
    ...fact("AADSTS7000222", from.codes, "app_refused"),
  },
  app_secret_expiring: {
    ...operator,
    severity: "warning",
    title: text("The client secret expires soon", "客户端密码即将到期"),
    cause: text(
      "The secret of {name} is good until {day} ({days} days). From then on no mailbox gets new tokens.",
      "{name} 的密码有效期到 {day}（还有 {days} 天）。之后所有邮箱都无法获得新令牌。",
    ),
    steps: [
      inRegistration(
        "Make a new secret now; both work side by side",
        "现在就新建密码，新旧可同时有效",
        secretsPage,
      ),
      { text: text("Enter the new Value and its day here", "在这里填写新的“值”和到期日") },
    ],
    ...fact("the day that was entered with the secret", "Hitchpost"),
  },
  app_secret_missing: {
    ...operator,
    title: text("This app needs a secret", "此应用需要密码"),
    cause: text(
      "{clientId} is registered as a web app, which signs in with a secret; none is entered here.",
      "{clientId} 注册为 Web 应用，登录时需要密码，而这里没有填写。",
    ),
    steps: [
      inRegistration(
        "Make a client secret and enter its Value here",
        "新建客户端密码，并把“值”填到这里",
        secretsPage,
      ),
      inRegistration(
        "Or allow public client flows, for device code alone",
        "或者允许公共客户端流，仅用设备代码",
        authentication,
      ),
    ],
    ...fact("AADSTS7000218", from.codes, "app_refused"),
  },
  app_is_public: {
    ...operator,
    title: text("This redirect address takes no secret", "此重定向地址不接受密码"),
    cause: text(
      "{redirectUri} is registered under “Mobile and desktop applications”, whose sign-ins are refused when a secret comes with them.",
      "{redirectUri} 注册在“移动和桌面应用程序”下，附带密码的登录会被拒绝。",
    ),
    steps: [
      inRegistration(
        "Remove it there and add it under the platform “Web”",
        "从那里删除，改为添加到“Web”平台",
        authentication,
      ),
    ],
    ...fact("AADSTS700025", from.codes, "app_refused"),
  },
  app_redirect_mismatch: {
    ...operator,
    title: text("The redirect address is not registered", "重定向地址未注册"),
    cause: text(
      "Microsoft sends people back only to addresses that the registration lists, to the letter. It does not list {redirectUri}.",
      "微软只会跳转回注册信息中列出的、逐字相同的地址，其中没有 {redirectUri}。",
    ),
    steps: [
      inRegistration(
        "Add {redirectUri} under the platform “Web”",
        "在“Web”平台下添加 {redirectUri}",
        authentication,
      ),
      {
        text: text(
          "Is that not the address people open? Set HITCHPOST_PUBLIC_URL",
          "这不是大家打开的地址？请设置 HITCHPOST_PUBLIC_URL",
        ),
      },
    ],
    ...fact("AADSTS50011, 500112", from.codes, "app_refused"),
  },
  app_redirect_unusable: {
    ...operator,
    severity: "warning",
    title: text("From this address only the device code works", "在此地址上只能使用设备代码"),
    cause: text(
      "Microsoft takes redirect addresses of https, or of http://localhost, alone; {redirectUri} is neither.",
      "微软只接受 https 或 http://localhost 的重定向地址，而 {redirectUri} 都不是。",
    ),
    steps: [
      {
        text: text(
          "Put https in front, and set HITCHPOST_PUBLIC_URL",
          "配置 https，并设置 HITCHPOST_PUBLIC_URL",
        ),
        detail: text(
          "A reverse proxy with a certificate is enough; this server need not be reachable from outside.",
          "使用带证书的反向代理即可，本系统无需对外开放。",
        ),
      },
      {
        text: text("Or connect by device code", "或者使用设备代码连接"),
        detail: text(
          "It needs no redirect address: allow public client flows in the registration.",
          "它不需要重定向地址：在注册信息中允许公共客户端流即可。",
        ),
      },
    ],
    ...fact("our own address; AADSTS500117", from.codes, "app_refused"),
  },
  app_redirect_spa: {
    ...operator,
    title: text("The redirect address has the wrong type", "重定向地址的类型不对"),
    cause: text(
      "{redirectUri} is registered as “Single-page application”. Microsoft gives such addresses no tokens that a server could use.",
      "{redirectUri} 注册为“单页应用程序”，微软不会向这类地址发放服务器可用的令牌。",
    ),
    steps: [
      inRegistration(
        "Remove it there and add it under the platform “Web”",
        "从那里删除，改为添加到“Web”平台",
        authentication,
      ),
    ],
    ...fact("AADSTS9002326, 9002327", from.codes, "app_refused"),
  },
  app_single_tenant: {
    ...operator,
    title: text("The app is for one organisation only", "此应用只面向一个组织"),
    cause: text(
      "The registration takes accounts of its own tenant alone, but sign-ins go to “{tenant}”, which is for everybody.",
      "注册信息只接受本租户的账户，而登录使用的是面向所有人的“{tenant}”。",
    ),
    steps: [
      inRegistration(
        "Choose “any organizational directory and personal Microsoft accounts”",
        "选择“任何组织目录中的帐户和个人 Microsoft 帐户”",
        authentication,
      ),
      {
        text: text("Or enter your Directory (tenant) ID as the tenant", "或者把租户改为您的“目录（租户）ID”"),
        detail: text(
          "Then only accounts of your organisation can be connected.",
          "这样就只能连接本组织的账户。",
        ),
      },
    ],
    ...fact("AADSTS50194", from.codes, "app_refused"),
  },
  app_personal_only: {
    ...operator,
    title: text("The app is for personal accounts only", "此应用只面向个人账户"),
    cause: text(
      "The registration takes personal accounts alone (Outlook.com, Hotmail); Microsoft serves it at “consumers”, not at “{tenant}”.",
      "注册信息只接受个人账户（Outlook.com、Hotmail）；它要用“consumers”，而不是“{tenant}”。",
    ),
    steps: [
      { text: text("Enter “consumers” as the tenant", "把租户改为“consumers”") },
      inRegistration("Or let work and school accounts in", "或者同时允许工作和学校账户", authentication),
    ],
    ...fact("AADSTS9002331, 9002346", from.codes, "app_refused"),
  },
  app_work_only: {
    ...operator,
    title: text("The app is not open to personal accounts", "此应用不接受个人账户"),
    cause: text(
      "Outlook.com and Hotmail accounts cannot sign in: the registration takes work and school accounts alone.",
      "Outlook.com 和 Hotmail 账户无法登录：注册信息只接受工作或学校账户。",
    ),
    steps: [
      inRegistration(
        "Choose “any organizational directory and personal Microsoft accounts”",
        "选择“任何组织目录中的帐户和个人 Microsoft 帐户”",
        authentication,
      ),
      {
        text: text(
          "Are only work accounts meant? Enter “organizations” as the tenant",
          "只需要工作账户？请把租户改为“organizations”",
        ),
      },
    ],
    ...fact(
      "unauthorized_client “not enabled for consumers”; AADSTS9002332, 90027, 500200, 500201",
      from.codes,
      "app_refused",
    ),
  },
  app_permission_missing: {
    ...operator,
    title: text("The app lacks a permission", "此应用缺少权限"),
    cause: text(
      "The registration does not list a permission that we ask for, or lists one that Microsoft does not know.",
      "注册信息没有列出我们请求的某项权限，或列出了微软不认识的权限。",
    ),
    steps: [
      inRegistration("Add the delegated permissions that the guide lists", "添加向导中列出的委托权限", {
        en: "API permissions",
        zh: "API 权限",
      }),
    ],
    ...fact("AADSTS650052, 650056, 650057, 65006", from.codes, "app_refused"),
  },
  app_publisher_unverified: {
    ...operator,
    severity: "warning",
    title: text("The publisher is not verified", "发布者未经验证"),
    cause: text(
      "Microsoft shows people of other organisations “unverified” and, as a rule, lets only their administrator agree.",
      "微软会向其他组织的人显示“未验证”，而且通常只允许他们的管理员同意。",
    ),
    steps: [
      inRegistration("Verify the publisher", "验证发布者", {
        en: "Branding & properties",
        zh: "品牌打造和属性",
      }),
      {
        text: text(
          "Or ask the other organisation's administrator for consent",
          "或者请对方组织的管理员授予同意",
        ),
        detail: text(
          "Personal accounts and your own organisation are not affected.",
          "个人账户和您自己的组织不受影响。",
        ),
      },
    ],
    ...fact("“unverified”, “risky app”; AADSTS650051, 900941", from.codes, "admin_consent_required"),
  },
  app_device_code_off: {
    ...operator,
    title: text("Device code is switched off", "设备代码未启用"),
    cause: text(
      "{clientId} has no secret here, so people sign in by device code; the registration does not allow that.",
      "{clientId} 在这里没有密码，因此要用设备代码登录，而注册信息不允许。",
    ),
    steps: [
      inRegistration(
        "Set “Allow public client flows” to Yes",
        "把“允许公共客户端流”设为“是”",
        authentication,
      ),
    ],
    ...fact("AADSTS7000218 at the device code", from.codes, "app_secret_missing"),
  },
} as const satisfies Record<string, FindingKind>;
