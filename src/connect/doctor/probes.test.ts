import { afterEach, expect, test, vi } from "vitest";
import { HitchpostError } from "../../core/errors.ts";
import type { MailSource, RemoteFolder } from "../../protocol/mail-source.ts";
import type { Observation, Retry } from "./observation.ts";
import { furtherProbes } from "./probes.ts";
import { slowLook } from "./slow-look.ts";

const refused = new HitchpostError("auth_failed", "no", { details: { response: "NO AUTHENTICATE failed." } });
const notConnected = new HitchpostError("not_connected", "no", {
  details: { response: "BAD User is authenticated but not connected." },
});
const failed = (error: unknown, step = "mailbox") => ({ step, error });
const folders = [{ path: "INBOX" }] as RemoteFolder[];

const opens = (error: unknown = null): MailSource =>
  ({
    connect: async () => {
      if (error !== null) throw error;
    },
    listFolders: async () => folders,
    close: async () => undefined,
  }) as unknown as MailSource;

test("a token that was refused although young: a fresh one opens the mailbox", async () => {
  const asked: Retry[] = [];
  const openAgain = async (how: Retry) => (asked.push(how), opens());
  const further = await furtherProbes({ method: "oauth", openAgain }, failed(refused), 5_000);
  expect(further).toEqual({ seen: [{ probe: "imap_open", ok: true, retry: "fresh_token" }], folders });
  expect(asked).toEqual(["fresh_token"]);
});

test("not connected: over IPv4 too, and what opens there is told, not taken", async () => {
  const openAgain = async (how: Retry) => opens(how === "ipv4" ? null : notConnected);
  const { seen, folders: taken } = await furtherProbes(
    { method: "oauth", openAgain },
    failed(notConnected, "reading"),
    5_000,
  );
  expect(seen).toEqual([
    {
      probe: "imap_open",
      ok: false,
      retry: "fresh_token",
      answer: "BAD User is authenticated but not connected.",
    },
    { probe: "imap_open", ok: true, retry: "ipv4" },
  ]);
  expect(taken).toBeNull();
});

test("a refused password is not tried again: one more may lock the account", async () => {
  const openAgain = vi.fn<(how: Retry) => Promise<MailSource | null>>(async () => opens());
  const look = vi.fn<(timeoutMs: number) => Promise<Observation[]>>(async () => []);
  expect(await furtherProbes({ method: "password", openAgain, look }, failed(refused), 5_000)).toEqual({
    seen: [],
    folders: null,
  });
  expect([openAgain.mock.calls, look.mock.calls]).toEqual([[], []]);
});

test("what failed on the way is looked at, and the clock with it", async () => {
  const seen: Observation[] = [{ probe: "tls", ok: false, answer: "CERT_HAS_EXPIRED" }];
  const further = await furtherProbes(
    { method: "oauth", look: async () => seen, clockSkewMs: async () => 3_600_000 },
    failed(new HitchpostError("tls_failed", "x", { details: { reason: "expired" } })),
    5_000,
  );
  expect(further.seen).toEqual([{ probe: "clock", ok: true, skewMs: 3_600_000 }, ...seen]);
});

test("a probe that hangs or throws is left out in time", async () => {
  const began = performance.now();
  const { seen } = await furtherProbes(
    {
      method: "oauth",
      openAgain: () => new Promise(() => undefined),
      openGraph: () => Promise.reject(new Error("boom")),
      clockSkewMs: () => new Promise(() => undefined),
    },
    failed(refused),
    100,
  );
  expect(seen).toEqual([]);
  expect(performance.now() - began).toBeLessThan(1_000);
});

afterEach(() => void vi.useRealTimers());

test("a sign-in that takes long is given up when another service speaks there, and only then", async () => {
  vi.useFakeTimers();
  const other: Observation[] = [
    { probe: "imap_sign_in", ok: false, answer: "unexpected greeting: SSH-2.0-x" },
  ];
  const [bad, good] = [slowLook(async () => other), slowLook(async () => [])];
  const quick = slowLook(async () => other);
  quick.done();
  await vi.advanceTimersByTimeAsync(3_000);
  expect([bad.signal.aborted, good.signal.aborted, quick.signal.aborted]).toEqual([true, false, false]);
  expect(await bad.look?.(1)).toEqual(other);
});
