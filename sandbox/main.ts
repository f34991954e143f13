/**
 * The sandbox as a process: `node sandbox/main.ts --data-dir DIR [options]`. Prints one line of JSON
 * when it is ready and stops on SIGTERM, SIGINT, or the end of stdin with `--exit-with-parent`.
 */

import { parseArgs } from "node:util";
import { systemClock } from "./clock.ts";
import { startMail } from "./mail/start.ts";
import { startSandbox, type SandboxOptions } from "./start.ts";

const usage = `Usage: sandbox --data-dir DIR [options]

  --data-dir DIR              where its state lives (made if missing)
  --http-port N               0 picks a free port (default 0)
  --imap-port N               0 picks a free port (default 0)
  --smtp-port N               0 picks a free port (default 0)
  --pop-port N                0 picks a free port (default 0)
  --public-url URL            address of its pages as browsers see it (default its own)
  --access-token-seconds N    life of access tokens (default 3600)
  --device-interval-seconds N pause that device code answers ask for (default 1)
  --exit-with-parent          stop when stdin ends
`;

class UsageError extends Error {}

function readOptions(args: string[]): { options: SandboxOptions; exitWithParent: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      "data-dir": { type: "string" },
      "http-port": { type: "string", default: "0" },
      "imap-port": { type: "string", default: "0" },
      "smtp-port": { type: "string", default: "0" },
      "pop-port": { type: "string", default: "0" },
      "public-url": { type: "string" },
      "access-token-seconds": { type: "string", default: "3600" },
      "device-interval-seconds": { type: "string", default: "1" },
      "exit-with-parent": { type: "boolean", default: false },
    },
  });
  const dataDir = values["data-dir"];
  if (dataDir === undefined) throw new UsageError("--data-dir is missing");
  const publicUrl = values["public-url"];
  if (publicUrl !== undefined && !/^https?:$/.test(URL.parse(publicUrl)?.protocol ?? "")) {
    throw new UsageError("--public-url must be an http or https URL");
  }
  const number = (
    name:
      | "http-port"
      | "imap-port"
      | "smtp-port"
      | "pop-port"
      | "access-token-seconds"
      | "device-interval-seconds",
  ) => wholeNumber(name, values[name]);
  return {
    exitWithParent: values["exit-with-parent"],
    options: {
      dataDir,
      httpPort: number("http-port"),
      imapPort: number("imap-port"),
      smtpPort: number("smtp-port"),
      popPort: number("pop-port"),
      publicUrl,
      accessTokenSeconds: number("access-token-seconds"),
      deviceIntervalSeconds: number("device-interval-seconds"),
      clock: systemClock,
      startMail,
      onError: (error) => process.stderr.write(`sandbox: ${describe(error)}\n`),
    },
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} must be a whole number`);
  return Number(text);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function main(): Promise<void> {
  const { options, exitWithParent } = readOptions(process.argv.slice(2));
  const sandbox = await startSandbox(options);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    sandbox.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`sandbox: ${describe(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (exitWithParent) process.stdin.on("end", stop).on("error", stop).resume();
  process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`);
}

main().catch((error: unknown) => {
  const known = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  process.stderr.write(
    known && error instanceof Error
      ? `sandbox: ${error.message}\n\n${usage}`
      : `sandbox: ${describe(error)}\n`,
  );
  process.exit(known ? 2 : 1);
});
