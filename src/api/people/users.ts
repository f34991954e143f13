/**
 * People and their sessions, by better-auth, in global tables. Workspaces, members and keys are tenant tables of ours
 * (store/people). Nobody signs up: accounts come from the one-time setup token or an invitation.
 */
import { betterAuth } from "better-auth";
import type { Pool } from "pg";
import { HitchpostError } from "../../core/errors.ts";

/** Tells better-auth who asks, as fastify knows it (trusted proxies included); what a client sends under it is replaced. */
export const clientIpHeader = "x-hitchpost-client-ip";

export interface UserIdentity {
  id: string;
  name: string;
  email: string;
  language: "en" | "zh" | null;
}

const timestamps = { createdAt: "created_at", updatedAt: "updated_at" } as const;

/** better-auth over our tables; throttles sign-ins in the database. */
function createAuth(options: { pool: Pool; secret: string; baseUrl: string; trustedOrigins: string[] }) {
  return betterAuth({
    appName: "Hitchpost",
    database: options.pool,
    secret: options.secret,
    baseURL: options.baseUrl,
    basePath: "/api/auth",
    trustedOrigins: options.trustedOrigins,
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 200 },
    user: {
      modelName: "users",
      fields: { emailVerified: "email_verified", ...timestamps },
      additionalFields: { language: { type: "string", required: false, input: false } },
    },
    session: {
      modelName: "user_sessions",
      fields: {
        userId: "user_id",
        expiresAt: "expires_at",
        ipAddress: "ip_address",
        userAgent: "user_agent",
        ...timestamps,
      },
      expiresIn: 30 * 86_400,
    },
    account: {
      modelName: "user_accounts",
      fields: {
        userId: "user_id",
        accountId: "account_id",
        providerId: "provider_id",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
        ...timestamps,
      },
    },
    verification: { modelName: "user_verifications", fields: { expiresAt: "expires_at", ...timestamps } },
    rateLimit: {
      enabled: true,
      storage: "database",
      modelName: "rate_limits",
      fields: { lastRequest: "last_request" },
      window: 60,
      max: 120,
      customRules: { "/sign-in/email": { window: 60, max: 10 } },
    },
    advanced: {
      ipAddress: { ipAddressHeaders: [clientIpHeader] },
      cookiePrefix: "hitchpost",
      useSecureCookies: options.baseUrl.startsWith("https:"),
    },
    logger: { disabled: true }, // what matters comes back as an answer or an error, and is logged there
  });
}

const identityOf = (user: { id: string; name: string; email: string; language?: unknown }): UserIdentity => ({
  id: user.id,
  name: user.name,
  email: user.email,
  language: user.language === "en" || user.language === "zh" ? user.language : null,
});

export interface Users {
  /** better-auth's own routes under /api/auth (sign-in, sign-out, password change). */
  handle(request: Request): Promise<Response>;
  /** Who the session cookie belongs to; null when there is none or it has expired. */
  fromHeaders(headers: Headers): Promise<UserIdentity | null>;
  /** @throws conflict when the address has an account */
  create(input: { email: string; name: string; password: string }): Promise<UserIdentity>;
  findByEmail(email: string): Promise<UserIdentity | null>;
  /** Signs in and returns the Set-Cookie headers. @throws unauthenticated, rate_limited */
  signIn(input: { email: string; password: string; headers: Headers }): Promise<string[]>;
  update(id: string, change: { name?: string; language?: "en" | "zh" }): Promise<void>;
}

function signInRequest(
  baseUrl: string,
  { email, password, headers }: { email: string; password: string; headers: Headers },
): Request {
  return new Request(`${baseUrl}/api/auth/sign-in/email`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin: new URL(baseUrl).origin,
      "user-agent": headers.get("user-agent") ?? "",
      [clientIpHeader]: headers.get(clientIpHeader) ?? "",
    },
    body: JSON.stringify({ email, password }),
  });
}

/** @param options.secret signs session cookies; kept in the data directory or derived from the encryption key */
export function createUsers(options: {
  pool: Pool;
  secret: string;
  baseUrl: string;
  trustedOrigins: string[];
}): Users {
  const auth = createAuth(options);
  return {
    handle: (request) => auth.handler(request),
    fromHeaders: async (headers) => {
      const session = await auth.api.getSession({ headers });
      return session ? identityOf(session.user) : null;
    },
    findByEmail: async (email) => {
      const { internalAdapter } = await auth.$context;
      const found = await internalAdapter.findUserByEmail(email.toLowerCase());
      return found ? identityOf(found.user) : null;
    },
    create: async ({ email, name, password }) => {
      const { internalAdapter, password: passwords } = await auth.$context;
      const hash = await passwords.hash(password); // slow, so before anything is written
      const known = await internalAdapter.findUserByEmail(email.toLowerCase(), { includeAccounts: true });
      if (known && known.accounts.length > 0) {
        throw new HitchpostError("conflict", `${email} has an account here already.`, {
          details: { field: "email" },
        });
      }
      // Without a password it is what a kill in the middle left over: finished now.
      const user =
        known?.user ??
        (await internalAdapter.createUser(
          { email: email.toLowerCase(), name, emailVerified: true },
          { method: "email-password" },
        ));
      await internalAdapter.linkAccount({
        userId: user.id,
        providerId: "credential",
        accountId: user.id,
        password: hash,
      });
      return identityOf(user);
    },
    signIn: async ({ email, password, headers }) => {
      // Through the handler, not auth.api: only there is better-auth's throttling.
      const request = signInRequest(options.baseUrl, { email, password, headers });
      const response = await auth.handler(request);
      if (response.status === 429) throw new HitchpostError("rate_limited", "Too many tries; wait a minute.");
      if (!response.ok)
        throw new HitchpostError("unauthenticated", "E-mail address and password do not fit together.");
      return response.headers.getSetCookie();
    },
    update: async (id, change) => {
      const { internalAdapter } = await auth.$context;
      await internalAdapter.updateUser(id, change);
    },
  };
}
