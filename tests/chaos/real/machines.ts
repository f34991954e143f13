/**
 * What all runs of an invocation share: PostgreSQL that can be killed, Dovecot, the submission server, and the product as
 * processes of its own: a server and workers on one database.
 */
import { randomBytes } from "node:crypto";
import { Pool } from "pg";
import { createApiKey } from "../../../src/store/api-keys.ts";
import { createWorkspace } from "../../../src/store/people.ts";
import { tenantDb } from "../../../src/store/tenant-db.ts";
import { startDovecot, type Dovecot } from "../../support/dovecot.ts";
import { startExternalPostgres, type ExternalPostgres } from "../../support/external-postgres.ts";
import { startProduct } from "../../support/product.ts";
import { createGate, type Gate } from "./gate.ts";
import { startWorkerHost, type Host } from "./hosts.ts";
import { patiently } from "./patient.ts";
import { startSubmission, type Submission } from "./submission.ts";

export interface Machines {
  dovecot: Dovecot;
  submission: Submission;
  postgres: ExternalPostgres;
  /** For looking at what was stored; loses its connections when PostgreSQL is killed. */
  pool: Pool;
  /** Where the API answers. */
  url: string;
  /** The processes of the product: the server first, then workers; all of them keep mailboxes in step. */
  hosts: Host[];
  /** What processes wrote that were killed. */
  journal: string[];
  /** Other mail programs pass; it is shut while Dovecot is stopped. */
  mailGate: Gate;
  /** One thing at a time is killed, stopped or restarted. */
  calamities: Gate;
  /** A workspace of its own, with a key to it. */
  openWorkspace(name: string): Promise<{ workspaceId: string; apiKey: string }>;
  stop(): Promise<void>;
}

const workers = 2;

/** Starts them all; what was started is stopped when a later one does not start. */
export async function startMachines(): Promise<Machines> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  const begun = async <T>(work: Promise<T>, end: (made: T) => Promise<unknown>): Promise<T> => {
    const made = await work;
    stops.push(() => end(made));
    return made;
  };
  try {
    const dovecot = await begun(startDovecot({ users: {}, maxConnections: 200 }), (made) => made.stop());
    const submission = await begun(startSubmission(), (made) => made.stop());
    const postgres = await begun(startExternalPostgres(), (made) => made.stop());
    const pool = new Pool({ connectionString: postgres.url, max: 6 });
    pool.on("error", () => undefined); // PostgreSQL was killed: the next question opens another connection
    stops.push(() => pool.end());
    const env = {
      DATABASE_URL: postgres.url,
      HITCHPOST_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      HITCHPOST_SANDBOX: "off",
      HITCHPOST_SEND_DELAY_SECONDS: "0",
      HITCHPOST_PARSE_WORKERS: "1",
      HITCHPOST_LOG_LEVEL: "info", // kept when a run fails
    };
    const server = await begun(startProduct({ env }), (made) => made.stop()); // makes the schema
    const others = Array.from({ length: workers }, () =>
      begun(startWorkerHost(server.env), (made) => made.stop()),
    );
    const hosts: Host[] = [server, ...(await allBegun(others))];
    await server.setup();
    const { rows } = await pool.query<{ id: string }>("SELECT id FROM users");
    const ownerId = rows[0]!.id;
    return {
      dovecot,
      submission,
      postgres,
      pool,
      url: server.url,
      hosts,
      journal: [],
      mailGate: createGate(),
      calamities: createGate(),
      openWorkspace: (name) =>
        patiently(async () => {
          const workspaceId = await createWorkspace(pool, { name, ownerId });
          const tenant = tenantDb(pool, workspaceId);
          const { key } = await createApiKey(tenant, { name: "chaos", role: "owner", createdBy: null });
          return { workspaceId, apiKey: key };
        }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for all, so that those that did start are stopped with the rest. */
async function allBegun<T>(starts: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}
