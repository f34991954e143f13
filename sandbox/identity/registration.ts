/**
 * The applications that are registered at the sandbox, and the redirect URIs they may use. The first is as it should be;
 * each of the others has one of the mistakes that operators make in Entra.
 * Microsoft compares redirect URIs with a list; here a rule stands in for the list (docs/sandbox-differences.md).
 */

import { timingSafeEqual } from "node:crypto";

export type Registration = {
  clientId: string;
  /** What the sandbox's page gives out as secret. Not a secret: everybody who runs the sandbox has the same. */
  clientSecret: string;
  name: string;
  /** `signInAudience`: whose accounts it takes. */
  audience: "all" | "work" | "one-tenant" | "personal";
  /** The platform its redirect URIs are entered under; `none`: they are for another address. */
  redirects: "web" | "spa" | "none";
  /** What becomes of its secret. */
  secret: "right" | "id-for-value" | "expired" | "public-client";
  /** Told of everybody who signs in by it: a refusal's key. */
  refuses?: string;
  does: { en: string; zh: string };
};

export const registration = {
  clientId: "5a9d0b0c-4d1c-4f0e-9b0a-71e0ca5e0001",
  clientSecret: "sandbox-secret",
  name: "Hitchpost",
  audience: "all",
  redirects: "web",
  secret: "right",
  does: { en: "As it should be.", zh: "一切配置正确。" },
} as const satisfies Registration;

function mistaken(number: number, change: Partial<Registration> & Pick<Registration, "does">): Registration {
  const clientId = `5a9d0b0c-4d1c-4f0e-9b0a-71e0ca5e${String(number).padStart(4, "0")}`;
  return { ...registration, clientId, ...change };
}

export const registrations: readonly Registration[] = [
  registration,
  mistaken(101, {
    clientSecret: "0f6a7c2e-91d4-4b7e-8a35-5e2d1c0b9f47",
    secret: "id-for-value",
    does: {
      en: "Its secret is the ID that Entra lists beside the value (AADSTS7000215).",
      zh: "填写的是密钥 ID 而不是密钥的值（AADSTS7000215）。",
    },
  }),
  mistaken(102, {
    secret: "expired",
    does: { en: "Its secret has expired (AADSTS7000222).", zh: "客户端密钥已过期（AADSTS7000222）。" },
  }),
  mistaken(103, {
    redirects: "none",
    does: {
      en: "Its redirect URI is another one (AADSTS50011, on Microsoft’s own page).",
      zh: "登记的重定向 URI 不一致（AADSTS50011，显示在微软的页面上）。",
    },
  }),
  mistaken(104, {
    redirects: "spa",
    does: {
      en: "Its redirect URI was entered as “Single-page application” (AADSTS9002327).",
      zh: "重定向 URI 登记成了“单页应用程序”（AADSTS9002327）。",
    },
  }),
  mistaken(105, {
    audience: "work",
    does: {
      en: "Is not enabled for personal accounts (unauthorized_client, or AADSTS9002332 at /consumers).",
      zh: "未允许个人账户登录（unauthorized_client；在 /consumers 为 AADSTS9002332）。",
    },
  }),
  mistaken(106, {
    audience: "one-tenant",
    does: {
      en: "Is for accounts of one directory alone (AADSTS50194).",
      zh: "只允许单一目录的账户（AADSTS50194）。",
    },
  }),
  mistaken(107, {
    audience: "personal",
    does: {
      en: "Is for personal accounts alone, and so wants /consumers (AADSTS9002331).",
      zh: "只允许个人账户，必须使用 /consumers（AADSTS9002331）。",
    },
  }),
  mistaken(108, {
    secret: "public-client",
    does: {
      en: "Is a public client: a secret must not be sent (AADSTS700025).",
      zh: "属于公共客户端，不得发送密钥（AADSTS700025）。",
    },
  }),
  mistaken(109, {
    refuses: "650057",
    does: {
      en: "Lacks the mail permissions in its registration (AADSTS650057).",
      zh: "注册信息中缺少邮件权限（AADSTS650057）。",
    },
  }),
  mistaken(110, {
    refuses: "500011",
    does: {
      en: "Names a resource that the directory does not have (AADSTS500011).",
      zh: "请求了该目录中不存在的资源（AADSTS500011）。",
    },
  }),
];

/** The application of that id; undefined when none is registered. */
export const registrationOf = (clientId: string): Registration | undefined =>
  registrations.find((one) => one.clientId === clientId);

const loopbackHosts = new Set(["localhost", "127.0.0.1"]);

/**
 * Whether this redirect URI is taken: any on the public URL's own origin, and http on localhost or
 * 127.0.0.1 with any port. Never one with a fragment or user name.
 */
export function redirectUriAllowed(uri: string, publicUrl: string): boolean {
  const parsed = URL.parse(uri);
  if (parsed === null || uri.includes("#") || parsed.username !== "" || parsed.password !== "") return false;
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return false;
  if (parsed.origin === new URL(publicUrl).origin) return true;
  return parsed.protocol === "http:" && loopbackHosts.has(parsed.hostname);
}

/** Compares the client secret in constant time; a secret ID is none. */
export function secretMatches({ clientSecret, secret }: Registration, given: string): boolean {
  if (secret === "id-for-value") return false;
  const [left, right] = [Buffer.from(given), Buffer.from(clientSecret)];
  return left.length === right.length && timingSafeEqual(left, right);
}
