/** The mailbox log's lines in plain words. */
import { findingKind } from "../../connect/findings/catalogue.ts";
import type { Language, Text } from "../../connect/findings/types.ts";
import { fill, sayingOf } from "../../connect/findings/words.ts";

const text = (en: string, zh: string): Text => ({ en, zh });

const logTexts: Record<string, Text> = {
  connected: text("Connected; signed in as {account}.", "已连接，登录账户为 {account}。"),
  reconnected: text("Reconnected; signed in as {account}.", "已重新连接，登录账户为 {account}。"),
  "state.connecting": text("Connecting to the server.", "正在连接服务器。"),
  "state.listing": text("Looking at the folders.", "正在读取文件夹。"),
  "state.backfilling": text("Importing older mail, newest first.", "正在导入旧邮件，从最新的开始。"),
  "state.live": text("In step with the server.", "已与服务器同步。"),
  "state.backing_off": text(
    "The server could not be reached; trying again by itself.",
    "暂时无法连接服务器，将自动重试。",
  ),
  "state.backing_off.again": text(
    "The server could not be reached in {times} tries; trying again by itself.",
    "已尝试 {times} 次，仍无法连接服务器，将自动重试。",
  ),
  "state.backing_off.throttled": text(
    "The server asked for a pause; going on when it is over.",
    "服务器要求暂停，结束后自动继续。",
  ),
  "state.needs_attention": text("Stopped: somebody needs to act.", "已停止：需要有人处理。"),
  "state.needs_attention.retried": text(
    "Stopped for now; looked at again by itself.",
    "已暂时停止，稍后会自动再检查。",
  ),
  "state.needs_attention.again": text(
    "Still stopped after {times} looks; looked at again by itself.",
    "已检查 {times} 次，仍未恢复，稍后会自动再检查。",
  ),
  "finding.opened": text("In the way: {title}.", "出现问题：{title}。"),
  "finding.closed": text("Fixed: {title}.", "已解决：{title}。"),
  "alias.proved": text(
    "{address} was proved to be another name of {account}.",
    "已确认 {address} 是 {account} 的另一个地址。",
  ),
  kept: text(
    "The permission of {account} is kept; connecting goes on by itself when the mailbox is ready.",
    "已保留 {account} 的授权；邮箱就绪后会自动继续连接。",
  ),
  "admin.consented": text("The administrator gave the permission.", "管理员已同意授权。"),
  notified: text("Written to {recipients} about it.", "已发邮件通知 {recipients}。"),
  "state.paused": text("Paused.", "已暂停。"),
  "folder.added": text("The folder {path} was added on the server.", "服务器上新增了文件夹 {path}。"),
  "folder.removed": text("The folder {path} was removed on the server.", "服务器上删除了文件夹 {path}。"),
  "folder.renamed": text("The folder {from} is now called {to}.", "文件夹 {from} 已改名为 {to}。"),
  "folder.renumbered": text(
    "The server renumbered {path}; its messages were matched again.",
    "服务器重新编号了 {path}，其邮件已重新匹配。",
  ),
  "transport.changed": text(
    "Mail comes over {to} from now on; until now over {from}.",
    "从现在起通过 {to} 收信（此前为 {from}）。",
  ),
  "transport.taken": text(
    "{from} is closed: mail comes over {to} from now on, by itself.",
    "{from} 不可用：已自动改为通过 {to} 收信。",
  ),
  removed: text("Disconnected.", "已断开连接。"),
};

/** A line of the log in words; a code that this version does not know is shown as it is. */
export function logText(code: string, params: Record<string, string>, language: Language): string {
  const template = logTexts[variantOf(code, params)] ?? logTexts[code];
  if (template === undefined) return code.replaceAll(/[._]/g, " ");
  const title = code.startsWith("finding.") ? titleOf(params, language) : "";
  return fill(template, language, { ...params, title });
}

const titleOf = (params: Record<string, string>, language: Language): string =>
  fill(sayingOf(findingKind(params["code"] ?? ""), params).title, language, params);

/** The same state is said otherwise when it came again, or ends by itself. */
function variantOf(code: string, params: Record<string, string>): string {
  const again = Number(params["times"] ?? 1) > 1;
  const retried = params["retryAt"] !== undefined && params["retryAt"] !== "null";
  if (code === "state.backing_off" && params["code"] === "throttled") return `${code}.throttled`;
  if (code === "state.backing_off" && again) return `${code}.again`;
  if (code === "state.needs_attention" && retried) return `${code}.${again ? "again" : "retried"}`;
  return code;
}
