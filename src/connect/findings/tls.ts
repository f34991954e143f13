/** Findings of encryption on the way to a server. Tone: what happened, why, what now; no blame, no jargon. */
import { by, every, fact, from, idle, step, testAgain, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

const checkPorts = step(
  text(
    "Check the port: IMAP 993 (TLS) or 143 (STARTTLS), POP 995, sending 465 (TLS) or 587 (STARTTLS)",
    "检查端口：IMAP 993（TLS）或 143（STARTTLS），POP 995，发信 465（TLS）或 587（STARTTLS）",
  ),
  { action: "sign_in_again" },
);
const rightName = step(text("Use the host name that the certificate was made for", "使用证书对应的主机名"), {
  action: "sign_in_again",
});
const renew = step(text("Ask the server's operator to renew the certificate", "请服务器管理员更新证书"));

export const tlsFindings = {
  tls_wrong_port: {
    ...by("you"),
    title: text("Encryption and port do not fit together", "加密方式与端口不匹配"),
    cause: text(
      "TLS was begun where {host} first speaks in the clear, or the other way round.",
      "{host} 该端口先以明文开始，而我们直接使用了 TLS（或相反）。",
    ),
    steps: [
      step(
        text(
          "TLS at 993, 995, 465; STARTTLS at 143, 110, 587",
          "TLS 用 993、995、465；STARTTLS 用 143、110、587",
        ),
        { action: "sign_in_again" },
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "“wrong version number”, “packet length too long”, “plain HTTP request was sent to HTTPS port”, “not an SSL/TLS record”",
      from.tls,
      "tls_failed",
    ),
  },
  tls_failed: {
    ...by("you"),
    title: text("No encrypted connection came about", "未能建立加密连接"),
    cause: text(
      "{host} and this server did not agree on encryption. We stop before anything secret is sent.",
      "{host} 与本服务器未能就加密达成一致。在发送任何机密信息之前我们已停止。",
    ),
    steps: [checkPorts, testAgain],
    ...every(30),
    ...fact("“handshake failure”, SSLException, SSL_ERROR_SYSCALL", from.tls),
  },
  tls_untrusted: {
    ...by("you"),
    title: text("The server's certificate cannot be trusted", "服务器证书不可信"),
    cause: text(
      "The certificate of {host} does not fit its name, has expired, or comes from an unknown issuer. We stop before anything secret is sent.",
      "{host} 的证书与名称不符、已过期，或颁发者未知。在发送任何机密信息之前我们已停止。",
    ),
    steps: [rightName, renew, testAgain],
    ...every(60),
    ...fact("“certificate verify failed”, revoked, without more", from.tls, "tls_failed"),
  },
  tls_name_mismatch: {
    ...by("you"),
    title: text("The certificate is for another name", "证书属于另一个名称"),
    cause: text(
      "{host} shows a certificate that was made for another host name.",
      "{host} 出示的证书是为另一个主机名签发的。",
    ),
    steps: [rightName, renew, testAgain],
    ...every(60),
    ...fact(
      "ERR_TLS_CERT_ALTNAME_INVALID, “hostname mismatch”, “doesn't match”, RemoteCertificateNameMismatch",
      `RFC 9525; ${from.tls}`,
      "tls_untrusted",
    ),
  },
  tls_self_signed: {
    ...by("you"),
    title: text("The certificate is self-signed", "证书是自签名的"),
    cause: text(
      "The certificate of {host} was made by itself, so nobody vouches for it.",
      "{host} 的证书是自己签发的，没有机构为其担保。",
    ),
    steps: [
      step(
        text(
          "Own server? Get a certificate, for example from Let's Encrypt",
          "自己的服务器？请申请证书，例如 Let's Encrypt",
        ),
        { link: "https://letsencrypt.org/getting-started/" },
      ),
      step(
        text(
          "Or the operator trusts your authority by NODE_EXTRA_CA_CERTS",
          "或由运维人员通过 NODE_EXTRA_CA_CERTS 信任您的证书机构",
        ),
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN, “self-signed certificate”",
      from.tls,
      "tls_untrusted",
    ),
  },
  tls_unknown_issuer: {
    ...by("you"),
    title: text("The certificate's issuer is not known here", "证书颁发者未知"),
    cause: text(
      "{host} leaves out a certificate of its chain, or its issuer is not among those this server trusts.",
      "{host} 缺少中间证书，或其颁发者不在本服务器信任的列表中。",
    ),
    steps: [
      step(text("Ask the server's operator to send the whole chain", "请服务器管理员配置完整的证书链")),
      step(
        text(
          "Or the operator here trusts that authority by NODE_EXTRA_CA_CERTS",
          "或由本系统运维人员通过 NODE_EXTRA_CA_CERTS 信任该机构",
        ),
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY, “PKIX path building failed”, “signed by unknown authority”",
      from.tls,
      "tls_untrusted",
    ),
  },
  tls_expired: {
    ...by("you"),
    title: text("The certificate has expired", "证书已过期"),
    cause: text("The certificate of {host} was not renewed in time.", "{host} 的证书没有及时更新。"),
    steps: [
      renew,
      step(
        text(
          "Expired everywhere? Then this server's clock is wrong",
          "所有站点都显示过期？那是本服务器的时钟不准",
        ),
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "CERT_HAS_EXPIRED, “certificate has expired”, CertificateExpiredException",
      from.tls,
      "tls_untrusted",
    ),
  },
  tls_not_yet_valid: {
    ...by("operator"),
    title: text("The certificate is not valid yet", "证书尚未生效"),
    cause: text(
      "By this server's clock the certificate of {host} begins only later; most often the clock is wrong.",
      "按本服务器的时钟，{host} 的证书尚未生效；多半是时钟不准。",
    ),
    steps: [step(text("Set this server's clock by the network", "用网络校准本服务器的时钟")), testAgain],
    ...every(30),
    ...fact("CERT_NOT_YET_VALID, CertificateNotYetValidException", from.tls, "tls_untrusted"),
  },
  tls_intercepted: {
    ...by("operator"),
    title: text("A program on the way opens the encryption", "途中有程序拆解加密"),
    cause: text(
      "An antivirus program or company proxy shows a certificate of its own in place of {host}'s.",
      "杀毒软件或公司代理用自己的证书替换了 {host} 的证书。",
    ),
    steps: [
      step(
        text("Switch off “scan encrypted mail” there for this server", "在其中为本服务器关闭“扫描加密邮件”"),
      ),
      step(
        text("Or trust its authority by NODE_EXTRA_CA_CERTS", "或通过 NODE_EXTRA_CA_CERTS 信任其证书机构"),
      ),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "the issuer is Avast, Kaspersky, ESET, Bitdefender, Zscaler, Fortinet, Sophos, Netskope …",
      "Reports of mail programs; vendors' own pages",
      "tls_self_signed",
    ),
  },
  tls_version_old: {
    ...by("you"),
    title: text("The encryption is too old", "加密版本过旧"),
    cause: text(
      "{host}, or the program that asked, knows only versions of TLS that are no longer safe.",
      "{host} 或发起连接的程序只支持已不安全的 TLS 版本。",
    ),
    steps: [
      step(text("Bring the older side up to TLS 1.2 or newer", "将较旧的一方升级到 TLS 1.2 或更高版本")),
      testAgain,
    ],
    ...every(60),
    ...fact(
      "“unsupported protocol”, “protocol version”, “no protocols available”, 421 4.7.66",
      "RFC 8996; Microsoft, “Disabling TLS 1.0 and 1.1”",
      "tls_failed",
    ),
  },
  encryption_missing: {
    ...by("you"),
    title: text("The connection would not be encrypted", "连接不会加密"),
    cause: text(
      "A password is never sent in the clear, and {host} offers no encryption the way it was asked.",
      "密码绝不会明文发送，而 {host} 没有按要求提供加密。",
    ),
    steps: [
      step(
        text("Choose TLS (993, 465) or STARTTLS (143, 587)", "选择 TLS（993、465）或 STARTTLS（143、587）"),
        { action: "sign_in_again" },
      ),
    ],
    ...idle,
    ...fact("STARTTLS is not offered; 530 5.7.0 Must issue a STARTTLS command first", "RFC 8314; RFC 3207 4"),
  },
} as const satisfies Record<string, FindingKind>;
