/** What happens to whole processes. Afterwards all of them run again; what the product makes of it is the run's question. */
import type { Random } from "../random.ts";
import type { Host } from "./hosts.ts";
import type { Machines } from "./machines.ts";
import { patiently } from "./patient.ts";
import { renumber } from "./renumber.ts";

export const calamityKinds = [
  "kill -9 of the owner",
  "kill -9 of the server",
  "kill -9 of a PostgreSQL backend",
  "kill -9 of PostgreSQL",
  "owner stopped for a moment",
  "owner stopped until it is replaced",
  "mail server restarted",
  "mail server restarted with other UIDVALIDITY",
] as const;
export type CalamityKind = (typeof calamityKinds)[number];

/** Longer than a process may be silent (10 s) and a look for free mailboxes takes. */
const replacedMs = 13_000;

export interface Victim {
  mailboxId: string;
  user: string;
  /** The folder that gets other numbers, if any does. */
  renumbered: string;
}

/** Waits for its turn, and does it. */
export async function callDown(
  machines: Machines,
  kind: CalamityKind,
  victim: Victim,
  random: Random,
): Promise<void> {
  const downMs = random.int(0, 2_500);
  await machines.calamities.shut(async () => {
    switch (kind) {
      case "kill -9 of the owner":
        return killAndStart(machines, await ownerOf(machines, victim.mailboxId), downMs);
      case "kill -9 of the server":
        return killAndStart(machines, machines.hosts[0]!, downMs);
      case "kill -9 of a PostgreSQL backend":
        return killBackend(machines, random);
      case "kill -9 of PostgreSQL":
        await machines.postgres.kill9();
        await wait(downMs);
        return machines.postgres.start();
      case "owner stopped for a moment":
        return holdStill(await ownerOf(machines, victim.mailboxId), 500 + downMs);
      case "owner stopped until it is replaced":
        return holdStill(await ownerOf(machines, victim.mailboxId), replacedMs + downMs);
      case "mail server restarted":
        return restartMail(machines, downMs, async () => undefined);
      case "mail server restarted with other UIDVALIDITY":
        return restartMail(machines, downMs, () =>
          renumber(machines.dovecot, victim.user, victim.renumbered),
        );
    }
  });
}

const wait = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** The process that keeps the mailbox in step now; the server when nobody does. */
async function ownerOf({ pool, hosts }: Machines, mailboxId: string): Promise<Host> {
  const { rows } = await patiently(() =>
    pool.query<{ pid: number }>(
      "SELECT p.pid FROM mailboxes m JOIN processes p ON p.id = m.owner WHERE m.id = $1",
      [mailboxId],
    ),
  );
  return hosts.find((host) => host.pid() === rows[0]?.pid) ?? hosts[0]!;
}

async function killAndStart({ journal }: Machines, host: Host, downMs: number): Promise<void> {
  await host.kill9();
  journal.push(host.output());
  await wait(downMs);
  await host.start();
}

async function holdStill(host: Host, ms: number): Promise<void> {
  process.kill(host.pid(), "SIGSTOP");
  await wait(ms);
  process.kill(host.pid(), "SIGCONT");
}

/** PostgreSQL ends all of its backends then, and recovers. */
async function killBackend({ pool }: Machines, random: Random): Promise<void> {
  const { rows } = await patiently(() =>
    pool.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    ),
  );
  if (rows.length > 0) process.kill(random.pick(rows).pid, "SIGKILL");
  await patiently(() => pool.query("SELECT 1"));
}

function restartMail(
  { dovecot, mailGate }: Machines,
  downMs: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  return mailGate.shut(async () => {
    await dovecot.halt();
    await meanwhile();
    await wait(downMs);
    await dovecot.resume();
  });
}
