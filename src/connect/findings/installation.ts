/** Findings of this installation itself: its address and its clock. Tone: what happened, why, what now; no blame, no jargon. */
import { by, fact, from, idle, text } from "./steps.ts";
import type { FindingKind } from "./types.ts";

const operator = { ...by("operator"), ...idle } as const;

export const installationFindings = {
  public_url_unreachable: {
    ...operator,
    severity: "warning",
    title: text("Our own address does not answer", "本系统的地址没有回应"),
    cause: text(
      "{publicUrl} cannot be reached from this server. People who come back from Microsoft would end nowhere, unless it answers them and not us.",
      "从本服务器无法访问 {publicUrl}。除非它只是不回应本机，否则从微软返回的人会打不开页面。",
    ),
    steps: [
      {
        text: text("Open {publicUrl} in a browser", "在浏览器中打开 {publicUrl}"),
        detail: text(
          "Does Hitchpost appear, all is well: some networks do not let a server reach its own public address.",
          "如果能看到 Hitchpost 就没有问题：有些网络不允许服务器访问自己的公网地址。",
        ),
      },
      {
        text: text(
          "If not, correct HITCHPOST_PUBLIC_URL or the proxy",
          "如果看不到，请更正 HITCHPOST_PUBLIC_URL 或代理",
        ),
      },
    ],
    ...fact("our own address, asked from this server", "Hitchpost"),
  },
  public_url_elsewhere: {
    ...operator,
    title: text("Our address leads to something else", "本系统的地址指向了别处"),
    cause: text(
      "{publicUrl} answers, but it is not Hitchpost: people who come back from Microsoft would end there.",
      "{publicUrl} 有回应，但不是 Hitchpost：从微软返回的人会到那里。",
    ),
    steps: [
      {
        text: text(
          "Set HITCHPOST_PUBLIC_URL to the address that people open",
          "把 HITCHPOST_PUBLIC_URL 设为大家打开的地址",
        ),
        detail: text("Behind a proxy, see that it hands all paths on.", "如果有代理，请确认它转发所有路径。"),
      },
    ],
    ...fact("our own address answers as something else", "Hitchpost"),
  },
  clock_skew: {
    ...operator,
    title: text("The clock of this server is wrong", "本服务器的时钟不准"),
    cause: text(
      "It differs from {host}'s by {minutes} minutes. Fresh tokens then look expired, or not valid yet.",
      "与 {host} 相差 {minutes} 分钟，新令牌会被误判为已过期或尚未生效。",
    ),
    steps: [
      {
        text: text("Let the server keep its time by NTP", "让服务器通过 NTP 校时"),
        detail: text("On Linux: timedatectl set-ntp true.", "Linux 上执行：timedatectl set-ntp true。"),
      },
    ],
    ...fact(
      "Date header of an answer; AADSTS700024, 50013; “used before”, “not yet valid”, “issued in the future”",
      `${from.codes}; RFC 7519 4.1.5`,
      "identity_answer_invalid",
      "token_refused",
      "tls_expired",
      "tls_not_yet_valid",
    ),
  },
} as const satisfies Record<string, FindingKind>;
