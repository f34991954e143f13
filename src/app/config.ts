/**
 * The configuration: environment variables, read once, checked by one schema and frozen. docs/config.md is made from it.
 * The only place in the program that reads `process.env`.
 */
import { isIP } from "node:net";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { HitchpostError } from "../core/errors.ts";
import { serversOfAuthority } from "./microsoft-clouds.ts";

const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const port = z.coerce.number("expected a port, 0 to 65535").int().min(0).max(65_535);
const httpUrl = z
  .url({ protocol: /^https?$/, error: "expected an address that begins with http:// or https://" })
  .transform((text) => text.replace(/\/+$/, ""));
const serverPattern = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/]+):(\d{1,5}):(none|starttls|tls)$/;
const server = z
  .string()
  .refine((text) => Number(serverPattern.exec(text)?.[2] ?? Number.NaN) <= 65_535, {
    message: "expected host:port:security, security one of none, starttls, tls",
  })
  .transform((text) => {
    const [, host = "", portText = "", security = ""] = serverPattern.exec(text) ?? [];
    return { host, port: Number(portText), security: security as "none" | "starttls" | "tls" };
  });

/** `10.0.0.1`, `fd00::/8`. */
function isNetwork(text: string): boolean {
  const [address = "", bits] = text.split("/");
  const version = isIP(address);
  return (
    version > 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}
const networks = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  )
  .refine((parts) => parts.every(isNetwork), {
    message: "expected addresses or networks by commas, as in 10.0.0.1, fd00::/8",
  });

/** Every key with its meaning; the order is that of docs/config.md. */
export const configSchema = z.object({
  HITCHPOST_DATA_DIR: z
    .string()
    .default("./data")
    .describe("Folder for the embedded database, blobs, keys and the sandbox."),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error:
        "expected postgresql://user:password@host:port/database, special signs in the password as %23 for #",
    })
    .optional()
    .describe("A PostgreSQL 15 or newer of your own, in place of the embedded one."),
  HITCHPOST_HOST: z
    .string()
    .default("127.0.0.1")
    .describe("Address to listen on; `0.0.0.0` for other machines."),
  HITCHPOST_PORT: port.default(3000).describe("Port of the web page and the API; `0` takes a free one."),
  HITCHPOST_PUBLIC_URL: httpUrl
    .refine((text) => /^https?:\/\/[^/?#@]+$/i.test(text), {
      message:
        "expected scheme and host alone, as in https://mail.shop.example: the page needs a host of its own",
    })
    .transform((text) => new URL(text).origin)
    .optional()
    .describe(
      "The address people open, as Microsoft must know it: https, or http://localhost. Default: http://localhost and the port; the address of HITCHPOST_HOST when that is another.",
    ),
  HITCHPOST_TRUST_PROXY: networks
    .default([])
    .describe("Addresses of reverse proxies whose X-Forwarded-* headers are believed, by commas."),
  HITCHPOST_ENCRYPTION_KEY: z
    .string()
    .regex(
      /^[A-Za-z0-9+/_-]{43}=?([\s,]+[A-Za-z0-9+/_-]{43}=?)*$/,
      "expected 32 bytes in base64; several by commas, the current one first",
    )
    .optional()
    .describe(
      "Key for secrets at rest, 32 bytes in base64; older ones behind it, by commas. Default: a key file made in the data directory.",
    ),
  HITCHPOST_MICROSOFT_CLIENT_ID: z
    .string()
    .optional()
    .describe("Application (client) ID of your Microsoft app."),
  HITCHPOST_MICROSOFT_CLIENT_SECRET: z
    .string()
    .optional()
    .describe("Secret *Value* (not its ID). Leave it out for a public client (device code only)."),
  HITCHPOST_MICROSOFT_TENANT: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/)
    .default("common")
    .describe("`common`, `consumers`, `organizations` or a tenant id."),
  HITCHPOST_MICROSOFT_LOGIN_URL: httpUrl
    .default("https://login.microsoftonline.com")
    .describe(
      "Authority; its discovery document names all other addresses. Set it for national clouds and stand-ins.",
    ),
  HITCHPOST_GRAPH_URL: httpUrl
    .optional()
    .describe(
      "Microsoft Graph, without the version. Default: `https://graph.microsoft.com`; that of the national cloud which the authority belongs to.",
    ),
  HITCHPOST_GRAPH_SCOPE_URL: httpUrl
    .optional()
    .describe(
      "Resource that prefixes the Graph scopes, as in `https://graph.microsoft.com/Mail.ReadWrite`; a stand-in's scopes carry Microsoft's name too. Default: `https://graph.microsoft.com`; that of the national cloud.",
    ),
  HITCHPOST_MICROSOFT_SCOPE_URL: httpUrl
    .optional()
    .describe(
      "Resource that prefixes the mail scopes, as in `https://outlook.office.com/IMAP.AccessAsUser.All`. Default: that; that of the national cloud.",
    ),
  HITCHPOST_MICROSOFT_IMAP: server
    .optional()
    .describe(
      "Outlook's IMAP server, `host:port:security`; security is `tls`, `starttls`, or `none`, which is for loopback only. Default: `outlook.office365.com:993:tls`; that of the national cloud.",
    ),
  HITCHPOST_MICROSOFT_POP: server
    .optional()
    .describe(
      "Outlook's POP3 server, `host:port:security`. Default: `outlook.office365.com:995:tls`; that of the national cloud.",
    ),
  HITCHPOST_MICROSOFT_SMTP: server
    .optional()
    .describe(
      "Outlook.com's submission server, `host:port:security`. Default: `smtp-mail.outlook.com:587:starttls`; that of the national cloud.",
    ),
  HITCHPOST_MICROSOFT_WORK_SMTP: server
    .optional()
    .describe(
      "Submission server of work accounts, `host:port:security`. Default: HITCHPOST_MICROSOFT_SMTP where that is set, else `smtp.office365.com:587:starttls`.",
    ),
  HITCHPOST_SANDBOX: z
    .enum(["auto", "on", "off"])
    .default("auto")
    .describe("The stand-in for Microsoft: `auto` runs it until a client id is set."),
  HITCHPOST_ALLOW_PRIVATE_HOSTS: flag
    .default(false)
    .describe(
      "Lets users name loopback and private addresses as mail servers, and unencrypted login to loopback.",
    ),
  HITCHPOST_METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe("Bearer token for /metrics; without it only loopback may read them."),
  HITCHPOST_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("How much is logged."),
  HITCHPOST_PARSE_WORKERS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe("Threads that parse mail, at most; one does until messages wait for it."),
  HITCHPOST_SYNC: flag
    .default(true)
    .describe(
      "`false`: `serve` syncs no mailboxes itself and leaves them to `hitchpost worker`; needs DATABASE_URL.",
    ),
  HITCHPOST_MAX_MAILBOXES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("Mailboxes that this process syncs at most; the others get more. Default: its even share."),
  HITCHPOST_WORKER_PORT: port
    .optional()
    .describe(
      "For `hitchpost worker`: port of its `/healthz`, `/readyz` and `/metrics`, on HITCHPOST_HOST; `0` takes a free one. Default: none.",
    ),
  HITCHPOST_SEND_DELAY_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(120)
    .default(5)
    .describe("How long a reply can be taken back."),
  HITCHPOST_URL: httpUrl
    .optional()
    .describe("For the command line: the server to talk to. Default: this machine's."),
  HITCHPOST_API_KEY: z.string().optional().describe("For the command line: the API key."),
});

type Raw = z.infer<typeof configSchema>;
type ServerAddress = z.infer<typeof server>;

export interface Config {
  dataDir: string;
  databaseUrl: string | null;
  host: string;
  port: number;
  /** null: decided once the port is known. */
  publicUrl: string | null;
  trustProxy: string[];
  encryptionKey: string | null;
  microsoft: {
    clientId: string | null;
    clientSecret: string | null;
    tenant: string;
    loginUrl: string;
    /** Without the version. */
    graphUrl: string;
    graphScopeUrl: string;
    scopeUrl: string;
    imap: ServerAddress;
    pop: ServerAddress;
    smtp: ServerAddress;
    workSmtp: ServerAddress;
  };
  sandbox: boolean;
  /** It was asked for: offered beside a Microsoft app, too. */
  sandboxAsked: boolean;
  allowPrivateHosts: boolean;
  metricsToken: string | null;
  logLevel: Raw["HITCHPOST_LOG_LEVEL"];
  parseWorkers: number;
  /** Whether `serve` syncs mailboxes itself. */
  sync: boolean;
  /** null: any number. */
  maxMailboxes: number | null;
  /** null: a worker answers on no port. */
  workerPort: number | null;
  sendDelayMs: number;
  cli: { url: string | null; apiKey: string | null };
  hostname: string;
  /** Variables that begin as ours and are none: a slip of the pen, warned of at start. */
  unknownKeys: string[];
}

/**
 * Reads and checks the configuration.
 * @param env the process's environment; empty values count as not given
 * @throws config_invalid naming each wrong key
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Readonly<Config> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = configSchema.safeParse(given);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new HitchpostError("config_invalid", `The configuration is wrong.\n  ${lines.join("\n  ")}`);
  }
  const unknownKeys = Object.keys(given).filter(
    (key) => key.startsWith("HITCHPOST_") && !(key in configSchema.shape),
  );
  return Object.freeze({ ...shape(result.data), unknownKeys });
}

function shape(raw: Raw): Omit<Config, "unknownKeys"> {
  const clientId = raw.HITCHPOST_MICROSOFT_CLIENT_ID ?? null;
  return {
    dataDir: resolve(raw.HITCHPOST_DATA_DIR),
    databaseUrl: raw.DATABASE_URL ?? null,
    host: raw.HITCHPOST_HOST,
    port: raw.HITCHPOST_PORT,
    publicUrl: raw.HITCHPOST_PUBLIC_URL ?? null,
    trustProxy: raw.HITCHPOST_TRUST_PROXY,
    encryptionKey: raw.HITCHPOST_ENCRYPTION_KEY ?? null,
    microsoft: microsoftOf(raw, clientId),
    sandbox: raw.HITCHPOST_SANDBOX === "on" || (raw.HITCHPOST_SANDBOX === "auto" && clientId === null),
    sandboxAsked: raw.HITCHPOST_SANDBOX === "on",
    allowPrivateHosts: raw.HITCHPOST_ALLOW_PRIVATE_HOSTS,
    metricsToken: raw.HITCHPOST_METRICS_TOKEN ?? null,
    logLevel: raw.HITCHPOST_LOG_LEVEL,
    parseWorkers: raw.HITCHPOST_PARSE_WORKERS,
    sync: raw.HITCHPOST_SYNC,
    maxMailboxes: raw.HITCHPOST_MAX_MAILBOXES ?? null,
    workerPort: raw.HITCHPOST_WORKER_PORT ?? null,
    sendDelayMs: raw.HITCHPOST_SEND_DELAY_SECONDS * 1000,
    cli: { url: raw.HITCHPOST_URL ?? null, apiKey: raw.HITCHPOST_API_KEY ?? null },
    hostname: hostname(),
  };
}

/** What is not given is that of the cloud which the authority belongs to. */
function microsoftOf(raw: Raw, clientId: string | null): Config["microsoft"] {
  const cloud = serversOfAuthority(raw.HITCHPOST_MICROSOFT_LOGIN_URL);
  return {
    clientId,
    clientSecret: raw.HITCHPOST_MICROSOFT_CLIENT_SECRET ?? null,
    tenant: raw.HITCHPOST_MICROSOFT_TENANT,
    loginUrl: raw.HITCHPOST_MICROSOFT_LOGIN_URL,
    graphUrl: raw.HITCHPOST_GRAPH_URL ?? cloud.graphUrl,
    graphScopeUrl: raw.HITCHPOST_GRAPH_SCOPE_URL ?? cloud.graphUrl,
    scopeUrl: raw.HITCHPOST_MICROSOFT_SCOPE_URL ?? cloud.scopeUrl,
    imap: raw.HITCHPOST_MICROSOFT_IMAP ?? cloud.imap,
    pop: raw.HITCHPOST_MICROSOFT_POP ?? cloud.pop,
    smtp: raw.HITCHPOST_MICROSOFT_SMTP ?? cloud.smtp,
    workSmtp: raw.HITCHPOST_MICROSOFT_WORK_SMTP ?? raw.HITCHPOST_MICROSOFT_SMTP ?? cloud.workSmtp,
  };
}
