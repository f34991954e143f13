/** `hitchpost setup`: the first owner, headless; reads the one-time token from the data directory. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { readConfig } from "../config.ts";
import { setupTokenFile } from "../setup-gate.ts";
import { createClient } from "./client.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { readPassword } from "./stdin.ts";

interface SetupOptions {
  email: string;
  name: string;
  workspace: string;
  json?: boolean;
}

export async function setupCommand(options: SetupOptions): Promise<void> {
  const config = readConfig();
  const file = setupTokenFile(config.dataDir);
  const token = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CommandError(
      exitCodes.failed,
      `the one-time token cannot be read from ${file} (${(error as NodeJS.ErrnoException).code ?? "unreadable"}).`,
      "Is HITCHPOST_DATA_DIR the server's? The token is gone once the first owner exists.",
    );
  });
  const password = await readPassword();
  const { workspaceId, apiKey } = await createClient(config, { needKey: false }).call(
    "POST",
    "/v1/setup",
    z.object({ workspaceId: z.string(), apiKey: z.string() }),
    {
      token: token.trim(),
      email: options.email,
      name: options.name,
      workspace: options.workspace,
      password,
      apiKey: true,
    },
  );
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ workspaceId, apiKey })}\n`
      : `The workspace “${options.workspace}” is ready; ${options.email} can sign in.\nAPI key, shown once: ${apiKey}\n`,
  );
}
