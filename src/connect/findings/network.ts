/** Findings of the way to a server: names, connections, encryption; and our own. Tone: what happened, why, what now; no blame, no jargon. */
import {
  by,
  every,
  fact,
  from,
  idle,
  keeping,
  retrying,
  signInAgain,
  step,
  testAgain,
  text,
} from "./steps.ts";
import type { FindingKind } from "./types.ts";

const checkPorts = step(
  text(
    "Check the port: IMAP 993 (TLS) or 143 (STARTTLS), POP 995, sending 465 (TLS) or 587 (STARTTLS)",
    "检查端口：IMAP 993（TLS）或 143（STARTTLS），POP 995，发信 465（TLS）或 587（STARTTLS）",
  ),
  { action: "sign_in_again" },
);

export const networkFindings = {
  host_not_found: {
    ...by("you"),
    title: text("No server has that name", "找不到该服务器"),
    cause: text(
      "The name {host} does not exist in the DNS as this server sees it.",
      "本服务器的 DNS 中不存在 {host} 这个名称。",
    ),
    steps: [
      step(text("Check the host name for a typing mistake", "检查主机名是否写错"), {
        action: "sign_in_again",
      }),
      testAgain,
    ],
    ...every(30),
    ...fact(
      "NXDOMAIN, ENOTFOUND, “Name or service not known”, WSAHOST_NOT_FOUND 11001",
      `RFC 8499; ${from.socket}`,
    ),
  },
  dns_unavailable: {
    ...by("operator"),
    title: text("Names cannot be looked up at the moment", "目前无法解析域名"),
    cause: text(
      "The DNS server of this machine did not answer; {host} itself may be fine.",
      "本机的 DNS 服务器没有响应，{host} 本身可能没有问题。",
    ),
    steps: [
      step(text("Check this server's network and its DNS settings", "检查本服务器的网络和 DNS 设置")),
      testAgain,
    ],
    ...every(5),
    ...fact(
      "SERVFAIL, EAI_AGAIN, “Temporary failure in name resolution”, 11002",
      from.socket,
      "host_not_found",
    ),
  },
  settings_not_found: {
    ...by("you"),
    title: text("The servers of this address are not known", "找不到该地址的邮件服务器"),
    cause: text(
      "Neither the DNS nor a file of {host} names its mail servers, and none answers by the usual names. The domain may be misspelt.",
      "{host} 的 DNS 和配置文件都没有给出邮件服务器，常用名称也没有应答。域名可能写错了。",
    ),
    steps: [
      step(text("Check the address for a typing mistake", "检查地址是否写错")),
      step(
        text(
          "Connect it as “Other (IMAP)” with host and port from the provider's help page",
          "以“其他 (IMAP)”方式连接，主机和端口见服务商的帮助页面",
        ),
      ),
    ],
    ...idle,
    ...fact(
      "no provider by MX, no autoconfig file, no SRV record, no usual name that greets",
      "RFC 6186; RFC 5321 5.1",
    ),
  },
  host_refused: {
    ...by("you"),
    title: text("Nothing listens there", "该端口没有服务"),
    cause: text(
      "{host} refuses the connection: wrong port, or the service is switched off.",
      "{host} 拒绝连接：端口错误，或服务未开启。",
    ),
    steps: [checkPorts, testAgain],
    ...every(15),
    ...fact("ECONNREFUSED, 10061, “Connection refused”", from.socket),
  },
  host_silent: {
    ...by("you"),
    title: text("The server does not answer", "服务器没有响应"),
    cause: text(
      "{host} gave no answer in time. A firewall, a wrong port or a wrong security setting are the usual reasons.",
      "{host} 没有及时响应。常见原因是防火墙、端口或加密方式设置错误。",
    ),
    steps: [
      step(text("Check host, port and security", "检查主机、端口和加密方式"), { action: "sign_in_again" }),
      step(text("Ask whether a firewall lets this server out", "确认防火墙是否允许本服务器外连"), {
        detail: text("Many hosters block ports 25, 465 and 587.", "许多主机商会封锁 25、465 和 587 端口。"),
      }),
      testAgain,
    ],
    ...every(15),
    ...fact("ETIMEDOUT, 10060, “timed out”", from.socket),
  },
  host_unreachable: {
    ...by("operator"),
    title: text("There is no way to the server", "没有到该服务器的网络路径"),
    cause: text(
      "The network of this machine knows no route to {host}.",
      "本机的网络没有通往 {host} 的路由。",
    ),
    steps: [
      step(text("Check this server's network, VPN and firewall", "检查本服务器的网络、VPN 和防火墙")),
      testAgain,
    ],
    ...every(15),
    ...fact("EHOSTUNREACH, ENETUNREACH, 10051, 10065, “No route to host”", from.socket, "host_silent"),
  },
  ipv6_broken: {
    ...by("operator"),
    title: text("IPv6 of this server leads nowhere", "本服务器的 IPv6 不通"),
    cause: text(
      "{host} answers by IPv4, but not by IPv6, which this server tries first.",
      "{host} 可通过 IPv4 访问，但本服务器优先使用的 IPv6 不通。",
    ),
    steps: [step(text("Mend this server's IPv6, or switch it off", "修复或关闭本服务器的 IPv6")), testAgain],
    ...every(30),
    ...fact(
      "IPv6 is silent or unreachable, or is not connected, while IPv4 works",
      "RFC 8305; report: thunderbird-android#9635",
      "host_silent",
      "imap_not_open",
    ),
  },
  connection_reset: {
    ...by("operator"),
    title: text("Something cuts the connection", "连接被中途切断"),
    cause: text(
      "The connection to {host} is cut as soon as it stands: by a firewall, an antivirus program, or the server.",
      "到 {host} 的连接一建立就被切断，可能是防火墙、杀毒软件或对方服务器。",
    ),
    steps: [
      step(text("Look at firewall and antivirus on the way", "检查沿途的防火墙和杀毒软件")),
      checkPorts,
      testAgain,
    ],
    ...every(15),
    ...fact("ECONNRESET, 10054, EPIPE, “Connection reset by peer”", from.socket, "connection_unstable"),
  },
  host_not_allowed: {
    ...by("operator"),
    title: text("This address is not allowed", "不允许使用该地址"),
    cause: text(
      "{host} is a private or local address. This installation does not connect to those.",
      "{host} 是内网或本机地址，本系统不允许连接。",
    ),
    steps: [
      step(
        text(
          "The operator can allow it with HITCHPOST_ALLOW_PRIVATE_HOSTS=true",
          "运维人员可设置 HITCHPOST_ALLOW_PRIVATE_HOSTS=true 来允许",
        ),
      ),
    ],
    ...idle,
    ...fact("our own rule", "Hitchpost, docs/config.md"),
  },
  proxy_in_the_way: {
    ...by("operator"),
    title: text("A page answered in the service's place", "应答的是网页而不是服务"),
    cause: text(
      "A proxy, a firewall or a hotel's sign-in page stands between this server and {host}.",
      "本服务器与 {host} 之间有代理、防火墙或上网认证页面。",
    ),
    steps: [
      step(text("Let this server reach {host} without that proxy", "让本服务器不经该代理访问 {host}"), {
        detail: text(
          "Or allow the names login.microsoftonline.com, graph.microsoft.com and outlook.office365.com there.",
          "或在其中放行 login.microsoftonline.com、graph.microsoft.com 和 outlook.office365.com。",
        ),
      }),
      testAgain,
    ],
    ...every(15),
    ...fact(
      "HTML where JSON was due; 407; “Web Authentication Redirect”, “Access Denied” pages of gateways",
      "RFC 9110 15.5.8; RFC 8952; report: zammad#5492",
      "identity_unreachable",
    ),
  },
  wrong_protocol: {
    ...by("you"),
    title: text("Another service answers at this port", "该端口上是另一种服务"),
    cause: text(
      "What {host} said there is not the mail protocol that was asked: a web server, or sending in place of reading.",
      "{host} 在该端口的应答不是所需的邮件协议，可能是网站，或把发信当成了收信。",
    ),
    steps: [checkPorts, testAgain],
    ...every(60),
    ...fact(
      "HTTP/1.1, SSH-, 220 … ESMTP or +OK where another greeting was due",
      "RFC 9051 7.1; RFC 5321 4.2; RFC 1939 3",
      "host_silent",
      "connection_unstable",
    ),
  },
  key_missing: {
    ...by("operator"),
    title: text("The stored sign-in cannot be decrypted", "无法解密已保存的登录信息"),
    cause: text(
      "The key file of this installation was replaced or lost, perhaps after a restore.",
      "本系统的密钥文件被替换或丢失，可能发生在恢复备份之后。",
    ),
    steps: [
      step(text("Put the key file back, or sign in again", "放回密钥文件，或重新登录"), {
        action: "sign_in_again",
      }),
    ],
    ...keeping,
    recheckMinutes: 60,
    ...fact("our own key file", "Hitchpost"),
  },
  unknown: {
    ...by("you"),
    title: text("It failed in a way we do not know", "出现了未知的失败"),
    cause: text(
      "The step “{step}” failed for {wanted}. What the server said stands below.",
      "{wanted} 的“{step}”步骤失败。服务器的回复见下方。",
    ),
    steps: [
      testAgain,
      signInAgain,
      step(text("Show what we saw to whoever runs Hitchpost here", "把下面的内容给运行本系统的人看")),
    ],
    meanwhile: retrying,
    recheckMinutes: 30,
    ...fact("nothing that we know", "Hitchpost"),
  },
} as const satisfies Record<string, FindingKind>;
