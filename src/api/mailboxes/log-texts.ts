/** The mailbox log's lines in plain words. */
import type { Text } from "../../connect/findings/types.ts";

const text = (en: string, zh: string): Text => ({ en, zh });

export const logTexts: Record<string, Text> = {
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
  "state.needs_attention": text("Stopped: somebody needs to act.", "已停止：需要有人处理。"),
  "state.paused": text("Paused.", "已暂停。"),
  "folder.added": text("The folder {path} was added on the server.", "服务器上新增了文件夹 {path}。"),
  "folder.removed": text("The folder {path} was removed on the server.", "服务器上删除了文件夹 {path}。"),
  "folder.renamed": text("The folder {from} is now called {to}.", "文件夹 {from} 已改名为 {to}。"),
  "folder.renumbered": text(
    "The server renumbered {path}; its messages were matched again.",
    "服务器重新编号了 {path}，其邮件已重新匹配。",
  ),
  removed: text("Disconnected.", "已断开连接。"),
};
