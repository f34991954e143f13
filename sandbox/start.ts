/** Starts both halves of the sandbox in one process and stops them again. */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Clock, StartedMail, StartMail } from "./contract.ts";
import { createIdentity } from "./identity/identity.ts";
import { registration } from "./identity/registration.ts";
import { listen, requestListener } from "./server.ts";
import { openSwitches } from "./switches.ts";

export type SandboxOptions = {
  dataDir: string;
  /** 0 picks a free port. All listeners are on 127.0.0.1. */
  httpPort: number;
  imapPort: number;
  smtpPort: number;
  /** Default 0. */
  popPort?: number;
  /** Undefined: the sandbox's own address, `http://127.0.0.1:{httpPort}`. */
  publicUrl: string | undefined;
  accessTokenSeconds: number;
  deviceIntervalSeconds: number;
  clock: Clock;
  /** Undefined: identity alone, as its own tests want it. */
  startMail: StartMail | undefined;
  onError(error: unknown): void;
};

/** What the sandbox tells its parent when it is ready. */
export type Ready = {
  ready: true;
  httpPort: number;
  imapPort: number | null;
  smtpPort: number | null;
  /** 0 where there is no POP3. */
  popPort: number;
  /** Stands for https://graph.microsoft.com; on the sandbox's own port only. */
  graphUrl: string;
  publicUrl: string;
  clientId: string;
  clientSecret: string;
  loginUrl: string;
  adminToken: string;
};

export type Sandbox = { ready: Ready; close(): Promise<void> };

/**
 * Starts everything. While it runs, `ready.json` in the data directory holds what `ready` says, for
 * those who are not its parent.
 * Rejects when a port is taken or the data directory cannot be used.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const mailDir = join(options.dataDir, "mail");
  mkdirSync(mailDir, { recursive: true, mode: 0o700 });
  const adminToken = randomBytes(24).toString("base64url");
  let mail: StartedMail | undefined;
  // The port is known before the public URL, and that before identity: only then is answered.
  const server = createServer();
  const httpPort = await listen(server, options.httpPort);
  const publicUrl = (options.publicUrl ?? `http://127.0.0.1:${httpPort}`).replace(/\/+$/, "");
  const graphUrl = `http://127.0.0.1:${httpPort}`;
  const { accessTokenSeconds, deviceIntervalSeconds, clock } = options;
  const identity = createIdentity(
    options.dataDir,
    { publicUrl, accessTokenSeconds, deviceIntervalSeconds },
    clock,
  );
  const switches = openSwitches(options.dataDir, clock);
  const { state } = identity.context;
  const listener = requestListener({
    identity,
    switches,
    admin: {
      token: adminToken,
      clock,
      state,
      switches,
      mailStore: () => mail?.store,
      control: () => mail?.control,
    },
    mailPorts: () => mail,
    graphUrl,
    graph: () => mail?.graph,
    onError: options.onError,
  });
  server.on("request", listener);
  mail = await options.startMail?.({
    dataDir: mailDir,
    imapPort: options.imapPort,
    smtpPort: options.smtpPort,
    popPort: options.popPort,
    graphUrl,
    tokens: identity.context.tokens.verifier,
    switches,
    clock,
  });
  const ready = readyFacts({ httpPort, publicUrl, graphUrl, adminToken }, mail);
  const readyFile = join(options.dataDir, "ready.json");
  writeFileSync(readyFile, JSON.stringify(ready), { mode: 0o600 });
  return {
    ready,
    async close() {
      rmSync(readyFile, { force: true });
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await mail?.close();
      identity.close();
    },
  };
}

function readyFacts(
  own: Pick<Ready, "httpPort" | "publicUrl" | "graphUrl" | "adminToken">,
  mail: StartedMail | undefined,
): Ready {
  return {
    ready: true,
    ...own,
    imapPort: mail?.imapPort ?? null,
    smtpPort: mail?.smtpPort ?? null,
    popPort: mail?.popPort ?? 0,
    clientId: registration.clientId,
    clientSecret: registration.clientSecret,
    loginUrl: own.publicUrl,
  };
}
