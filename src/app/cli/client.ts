/** The command line's way to the running server: its API, with a key. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config.ts";
import { CommandError, exitCodes } from "./exit.ts";

const timeoutMs = 60_000;

const problemSchema = z.object({
  detail: z.string(),
  hint: z.string(),
  code: z.string(),
  field: z.string().optional(),
});

/** Written by `serve`, so that commands on the same data directory find it. */
export const serverFile = (dataDir: string): string => join(dataDir, "server.json");

/** HITCHPOST_URL, else the server of the data directory, else this machine's port. */
export function serverUrl(config: Config): string {
  if (config.cli.url !== null) return config.cli.url;
  try {
    const { url } = z
      .object({ url: z.string() })
      .parse(JSON.parse(readFileSync(serverFile(config.dataDir), "utf8")));
    return url;
  } catch {
    return `http://127.0.0.1:${config.port}`; // no server has written its address here
  }
}

export interface Client {
  /** @throws CommandError with the problem's words */
  call<T extends z.ZodType>(method: string, path: string, schema: T, body?: unknown): Promise<z.output<T>>;
}

/** @param needKey false for `setup`, which makes the first one */
export function createClient(config: Config, { needKey = true } = {}): Client {
  const url = serverUrl(config);
  const { apiKey } = config.cli;
  if (needKey && apiKey === null) {
    throw new CommandError(
      exitCodes.usage,
      "HITCHPOST_API_KEY is not set.",
      "`hitchpost setup --json` prints one; later ones are made in the page under Settings › API keys.",
    );
  }
  return {
    call: async (method, path, schema, body) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(apiKey !== null && needKey ? { authorization: `Bearer ${apiKey}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw unreachable(url, error);
      });
      const answer: unknown = await response.json().catch(() => null);
      if (!response.ok) throw refused(url, response.status, answer);
      const parsed = schema.safeParse(answer);
      if (!parsed.success) throw stranger(url, response.status);
      return parsed.data;
    },
  };
}

const unreachable = (url: string, error: unknown): CommandError =>
  new CommandError(
    exitCodes.unreachable,
    `no Hitchpost answers at ${url} (${error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : "no answer"}).`,
    "Start it with `hitchpost serve`, or set HITCHPOST_URL.",
  );

/** Another program's answer, or that of another version. */
const stranger = (url: string, status: number): CommandError =>
  new CommandError(
    exitCodes.unreachable,
    `what answers at ${url} is not Hitchpost, or another version of it (status ${status}).`,
    "Set HITCHPOST_URL to the server's address.",
  );

function refused(url: string, status: number, answer: unknown): CommandError {
  const problem = problemSchema.safeParse(answer);
  if (!problem.success) return stranger(url, status);
  const { code, detail, hint } = problem.data;
  return new CommandError(
    code === "invalid_request" ? exitCodes.usage : exitCodes.failed,
    detail,
    hint,
    code,
  );
}
