/** Findings of the mail servers, and of ours: reaching them, opening the mailbox, sending. Tone: what happened, why, what now; no blame, no jargon. */
import { dataKept, nothing, retrying, signInAgain, testAgain, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

export const serverFindings = {
  imap_not_open: {
    severity: "blocking",
    who: "you",
    title: text("The sign-in works, but the mailbox does not open", "登录成功，但邮箱没有打开"),
    cause: text(
      "Microsoft accepted the sign-in and then refused to open the mailbox. New accounts have IMAP off until it is switched on.",
      "微软接受了登录，却拒绝打开邮箱。新账户的 IMAP 默认关闭，需要手动开启。",
    ),
    steps: [
      {
        text: text("Switch IMAP on", "开启 IMAP"),
        detail: text(
          "Outlook › Settings › Mail › Forwarding and IMAP › “Let devices and apps use IMAP”, then save.",
          "Outlook › 设置 › 邮件 › 转发和 IMAP › “允许设备和应用使用 IMAP”，然后保存。",
        ),
        link: "https://outlook.live.com/mail/0/options/mail/popImap",
        action: "open_link",
      },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 30,
  },
  throttled: {
    severity: "warning",
    who: "time",
    title: text("The mail server asks for a pause", "邮件服务器要求暂停"),
    cause: text(
      "{host} limits how much may be asked of it. This is usual during a first import.",
      "{host} 限制了访问频率。首次导入时这很常见。",
    ),
    steps: [],
    meanwhile: text(
      "We wait exactly as long as it asks, then go on.",
      "我们会严格等待其要求的时间，然后继续。",
    ),
    recheckMinutes: 5,
  },
  host_not_found: {
    severity: "blocking",
    who: "you",
    title: text("No server has that name", "找不到该服务器"),
    cause: text(
      "The name {host} does not exist in the DNS as this server sees it.",
      "本服务器的 DNS 中不存在 {host} 这个名称。",
    ),
    steps: [{ text: text("Check the host name for a typing mistake", "检查主机名是否写错") }, testAgain],
    meanwhile: retrying,
    recheckMinutes: 30,
  },
  host_refused: {
    severity: "blocking",
    who: "you",
    title: text("Nothing listens there", "该端口没有服务"),
    cause: text(
      "{host} refuses the connection: wrong port, or the service is switched off.",
      "{host} 拒绝连接：端口错误，或服务未开启。",
    ),
    steps: [
      {
        text: text(
          "Check the port: IMAP 993 (TLS) or 143 (STARTTLS), sending 465 (TLS) or 587 (STARTTLS)",
          "检查端口：IMAP 993（TLS）或 143（STARTTLS），发信 465（TLS）或 587（STARTTLS）",
        ),
      },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 15,
  },
  host_silent: {
    severity: "blocking",
    who: "you",
    title: text("The server does not answer", "服务器没有响应"),
    cause: text(
      "{host} gave no answer in time. A firewall, a wrong port or a wrong security setting are the usual reasons.",
      "{host} 没有及时响应。常见原因是防火墙、端口或加密方式设置错误。",
    ),
    steps: [{ text: text("Check host, port and security", "检查主机、端口和加密方式") }, testAgain],
    meanwhile: retrying,
    recheckMinutes: 15,
  },
  host_not_allowed: {
    severity: "blocking",
    who: "operator",
    title: text("This address is not allowed", "不允许使用该地址"),
    cause: text(
      "{host} is a private or local address. This installation does not connect to those.",
      "{host} 是内网或本机地址，本系统不允许连接。",
    ),
    steps: [
      {
        text: text(
          "The operator can allow it with HITCHPOST_ALLOW_PRIVATE_HOSTS=true",
          "运维人员可设置 HITCHPOST_ALLOW_PRIVATE_HOSTS=true 来允许",
        ),
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  tls_untrusted: {
    severity: "blocking",
    who: "you",
    title: text("The server's certificate cannot be trusted", "服务器证书不可信"),
    cause: text(
      "The certificate of {host} does not fit its name, has expired, or comes from an unknown issuer. We stop before anything secret is sent.",
      "{host} 的证书与名称不符、已过期，或颁发者未知。在发送任何机密信息之前我们已停止。",
    ),
    steps: [
      { text: text("Use the host name that the certificate was made for", "使用证书对应的主机名") },
      { text: text("Or ask the server's operator to renew it", "或请服务器管理员更新证书") },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 60,
  },
  encryption_missing: {
    severity: "blocking",
    who: "you",
    title: text("The connection would not be encrypted", "连接不会加密"),
    cause: text(
      "A password is never sent in the clear, and {host} offers no encryption the way it was asked.",
      "密码绝不会明文发送，而 {host} 没有按要求提供加密。",
    ),
    steps: [
      {
        text: text(
          "Choose TLS (993, 465) or STARTTLS (143, 587)",
          "选择 TLS（993、465）或 STARTTLS（143、587）",
        ),
      },
    ],
    meanwhile: nothing,
    recheckMinutes: null,
  },
  sending_refused: {
    severity: "blocking",
    who: "you",
    title: text("Reading works, sending does not", "可以收信，但不能发信"),
    cause: text(
      "{host} refuses to send for {wanted}: its own answer stands below.",
      "{host} 拒绝为 {wanted} 发信，其回复见下方。",
    ),
    steps: [
      { text: text("Check the settings for sending", "检查发信设置"), action: "sign_in_again" },
      testAgain,
    ],
    meanwhile: retrying,
    recheckMinutes: 60,
  },
  connection_unstable: {
    severity: "warning",
    who: "time",
    title: text("The server keeps closing the connection", "服务器不断断开连接"),
    cause: text("{host} closes the connection before it can be used.", "{host} 在连接可用之前就将其断开。"),
    steps: [testAgain],
    meanwhile: retrying,
    recheckMinutes: 5,
  },
  key_missing: {
    severity: "blocking",
    who: "operator",
    title: text("The stored sign-in cannot be decrypted", "无法解密已保存的登录信息"),
    cause: text(
      "The key file of this installation was replaced or lost, perhaps after a restore.",
      "本系统的密钥文件被替换或丢失，可能发生在恢复备份之后。",
    ),
    steps: [
      {
        text: text("Put the key file back, or sign in again", "放回密钥文件，或重新登录"),
        action: "sign_in_again",
      },
    ],
    meanwhile: dataKept,
    recheckMinutes: 60,
  },
  unknown: {
    severity: "blocking",
    who: "you",
    title: text("It failed in a way we do not know", "出现了未知的失败"),
    cause: text(
      "The step “{step}” failed for {wanted}. What the server said stands below.",
      "{wanted} 的“{step}”步骤失败。服务器的回复见下方。",
    ),
    steps: [
      testAgain,
      signInAgain,
      { text: text("Show what we saw to whoever runs Hitchpost here", "把下面的内容给运行本系统的人看") },
    ],
    meanwhile: retrying,
    recheckMinutes: 30,
  },
} as const satisfies Record<string, FindingKind>;
