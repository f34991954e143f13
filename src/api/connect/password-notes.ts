/** What each provider wants in place of the usual password, said in the form before anything is typed. */
import type { Text } from "../../connect/findings/types.ts";
import type { PasswordNote } from "../../connect/providers.ts";

const text = (en: string, zh: string): Text => ({ en, zh });

export const passwordNotes: Record<PasswordNote, Text> = {
  microsoft_refuses_passwords: text(
    "Microsoft has refused passwords for IMAP and POP since 16 September 2024, app passwords too. Use Official Authorization.",
    "自 2024 年 9 月 16 日起，微软的 IMAP 和 POP 不再接受密码，应用专用密码也不行。请使用官方授权。",
  ),
  gmail: text(
    "Gmail takes an app password here, not your usual one. Switch on 2-Step Verification first, then make an app password and paste its 16 letters.",
    "Gmail 在这里只接受应用专用密码，不接受平时的密码。请先开启两步验证，再生成应用专用密码，粘贴其 16 个字母。",
  ),
  yahoo: text(
    "Yahoo takes an app password here, not your usual one: Account security › Generate app password.",
    "Yahoo 在这里只接受应用专用密码：账户安全 › 生成应用专用密码。",
  ),
  icloud: text(
    "iCloud takes an app-specific password here, not your Apple one: Sign-In and Security › App-Specific Passwords. It needs two-factor authentication.",
    "iCloud 在这里只接受 App 专用密码，不接受 Apple 账户密码：登录与安全 › App 专用密码（需开启双重认证）。",
  ),
  qq: text(
    "Use the authorization code, not your password: in QQ Mail, Settings › Account, switch on IMAP/SMTP and generate the code there.",
    "请使用授权码，而不是登录密码：在 QQ 邮箱“设置 › 账户”中开启 IMAP/SMTP 服务，并在那里生成授权码。",
  ),
  netease: text(
    "Use the authorization code, not your password: in the web mail, Settings › POP3/SMTP/IMAP, switch on IMAP/SMTP; the code is shown once then.",
    "请使用授权码，而不是登录密码：在网页邮箱“设置 › POP3/SMTP/IMAP”中开启 IMAP/SMTP 服务，授权码只显示一次。",
  ),
  fastmail: text(
    "Fastmail takes an app password here, not your usual one: Settings › Privacy & Security › Manage app passwords; let it read and send mail.",
    "Fastmail 在这里只接受应用专用密码：设置 › 隐私与安全 › 管理应用密码，并允许其收发邮件。",
  ),
};
