/** Findings of Microsoft Graph, and of mailboxes that Microsoft keeps nothing for. Tone: what happened, why, what now; no blame, no jargon. */
import {
  by,
  every,
  fact,
  from,
  idle,
  pages,
  signInAgain,
  step,
  testAgain,
  text,
  unverified,
  usePop3,
} from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const graphFindings = {
  mailbox_without_licence: {
    ...by("admin"),
    title: text("The account has no mailbox", "该账户没有邮箱"),
    cause: text(
      "{wanted} is an account of work or school without a licence for Exchange Online, or a guest.",
      "{wanted} 是没有 Exchange Online 许可证的工作或学校账户，或是来宾账户。",
    ),
    steps: [
      step(
        text(
          "Ask the admin to assign a licence with Exchange Online",
          "请管理员分配含 Exchange Online 的许可证",
        ),
        {
          detail: text(
            "Users › Active users › the user › Licenses and apps.",
            "用户 › 活动用户 › 该用户 › 许可证和应用。",
          ),
          link: pages.adminCenter,
        },
      ),
      testAgain,
    ],
    ...every(360),
    ...fact(
      "Graph MailboxNotEnabledForRESTAPI of an account of work or school; “inactive, soft-deleted, or hosted on-premise”",
      "Reports: microsoft-graph-docs#405, twenty#9737, zammad#3230",
      "imap_not_open",
      "token_refused",
    ),
  },
  mailbox_on_premises: {
    ...by("admin"),
    title: text("The mailbox is on the organization's own server", "邮箱位于组织自己的服务器上"),
    cause: text(
      "Microsoft 365 knows {wanted}, but its mailbox is not in the cloud.",
      "Microsoft 365 认识 {wanted}，但其邮箱不在云端。",
    ),
    steps: [
      step(
        text(
          "Connect it as “Other (IMAP)” with the organization's server",
          "以“其他 (IMAP)”方式连接组织的服务器",
        ),
      ),
      step(
        text(
          "Or ask the admin to move the mailbox to Exchange Online",
          "或请管理员将邮箱迁移到 Exchange Online",
        ),
      ),
    ],
    ...idle,
    ...unverified(
      "Graph MailboxNotHostedInExchangeOnline",
      "Client code of several programs; no page of Microsoft found",
      "mailbox_without_licence",
    ),
  },
  graph_permission_missing: {
    ...by("you"),
    title: text("Microsoft Graph refuses this access", "Microsoft Graph 拒绝了访问"),
    cause: text(
      "The permission for {wanted} does not cover what was asked of Graph.",
      "{wanted} 的授权不包含所请求的 Graph 权限。",
    ),
    steps: [
      step(
        text(
          "Sign in again and accept Mail.ReadWrite and Mail.Send",
          "重新登录并接受 Mail.ReadWrite 和 Mail.Send",
        ),
        { action: "sign_in_again" },
      ),
      usePop3,
    ],
    ...idle,
    ...fact("Graph 403 ErrorAccessDenied, Authorization_RequestDenied", from.graph, "consent_missing"),
  },
  graph_token_refused: {
    ...by("you"),
    title: text("Microsoft Graph does not accept the token", "Microsoft Graph 不接受令牌"),
    cause: text(
      "The access token for {wanted} is old, damaged or of another service.",
      "{wanted} 的访问令牌已过期、损坏或属于其他服务。",
    ),
    steps: [signInAgain, testAgain, usePop3],
    ...every(15),
    ...fact("Graph 401 InvalidAuthenticationToken", from.graph, "token_refused"),
  },
  graph_user_unknown: {
    ...by("you"),
    title: text("Microsoft Graph does not know that user", "Microsoft Graph 中没有该用户"),
    cause: text(
      "{wanted} is not the account's main name, or is not in this organization.",
      "{wanted} 不是账户的主名称，或不在该组织中。",
    ),
    steps: [step(text("Use the account's main name", "使用账户的主名称"), { action: "sign_in_again" })],
    ...idle,
    ...fact("Graph Request_ResourceNotFound, ErrorInvalidUser", from.graph, "principal_mismatch"),
  },
  graph_resync: {
    ...by("time", "warning"),
    title: text("Microsoft wants the folder read anew", "微软要求重新读取文件夹"),
    cause: text("The mark up to which changes were read has become invalid.", "用于增量读取的标记已失效。"),
    steps: [step(text("Nothing to do: it is read again by itself", "无需操作，会自动重新读取"))],
    ...every(5),
    ...fact(
      "Graph 410, syncStateNotFound, resyncRequired",
      "Microsoft Graph, “Use delta query to track changes”; report: Wino-Mail#290",
    ),
  },
} as const satisfies Record<string, FindingKind>;
