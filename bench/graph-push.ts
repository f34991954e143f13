/**
 * From a change notification to the browser's event: a running Hitchpost over the sandbox's Graph, which posts to it on this
 * machine, and a client of `/v1/events`. When a notification left is told by the sandbox's own log.
 */
import { z } from "zod";
import { readEvents, type EventReader } from "../tests/support/event-reader.ts";
import { sandboxFacts } from "../tests/support/product.ts";
import { quantile, type BenchOptions, type Figure } from "./frame.ts";
import { connectOverGraph } from "./support/connect-graph.ts";
import { startHitchpost } from "./support/hitchpost.ts";

const samples = 200;
/** No multiple of any delay of ours. */
const gapMs = 230;
const lastWaitMs = 60_000;
const address = "well@outlook.example";
const subject = "Hitchpost over Graph, notified";

const sentSchema = z.object({
  notifications: z.array(
    z.object({
      at: z.number(),
      attempt: z.number(),
      tells: z.array(z.object({ what: z.string(), messageId: z.string().nullable() })),
      status: z.number().nullable(),
      answerMs: z.number().nullable(),
    }),
  ),
});
const subscriptionsSchema = z.object({ subscriptions: z.array(z.unknown()) });
const deliveredSchema = z.object({ messageId: z.string() });
const countsSchema = z.object({ requests: z.number(), subRequests: z.number(), overLimit: z.number() });

interface Delivery {
  subject: string;
  messageId: string;
  /** Epoch milliseconds, before it was handed to the sandbox. */
  at: number;
}

/** @param lateMs each answer of the sandbox's Graph comes so much later */
export async function measurePush(lateMs: number, { say }: BenchOptions): Promise<Figure[]> {
  const hitchpost = await startHitchpost({ HITCHPOST_SANDBOX: "on" });
  const events = readEvents(hitchpost.product.url, hitchpost.apiKey);
  try {
    say("connecting a mailbox over Graph …");
    await connectOverGraph(hitchpost, address);
    const admin = await sandboxAt(hitchpost.product.dataDir);
    await untilSubscribed(admin);
    await admin("/faults", { address, fault: "delay", ms: lateMs });
    await admin("/counters/reset", { address });
    say(`${samples} messages, each told by a notification …`);
    const delivered = await deliver(admin);
    const seen = await allSeen(delivered, events);
    const { notifications } = sentSchema.parse(await admin(`/graph/notifications/${address}`));
    const counts = countsSchema.parse(await admin(`/counters/${address}`));
    return figuresOf({ delivered, seen, notifications, counts });
  } finally {
    await events.stop();
    await hitchpost.stop();
  }
}

type Admin = (path: string, body?: object) => Promise<unknown>;

async function sandboxAt(dataDir: string): Promise<Admin> {
  const { httpPort, adminToken } = await sandboxFacts(dataDir);
  return async (path, body) => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/admin${path}`, {
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
}

const rest = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

async function untilSubscribed(admin: Admin): Promise<void> {
  for (const until = performance.now() + lastWaitMs; performance.now() < until; await rest(100)) {
    const { subscriptions } = subscriptionsSchema.parse(await admin(`/graph/subscriptions/${address}`));
    if (subscriptions.length > 0) return;
  }
  throw new Error("no subscription was made within a minute");
}

async function deliver(admin: Admin): Promise<Delivery[]> {
  const delivered: Delivery[] = [];
  for (let n = 1; n <= samples; n += 1) {
    const one = { subject: `told by a notification ${n}`, at: Date.now() };
    const mail = { from: "shop@outlook.example", to: address, text: "A short question.", ...one };
    const { messageId } = deliveredSchema.parse(await admin("/mail", mail));
    delivered.push({ ...one, messageId });
    await rest(gapMs);
  }
  return delivered;
}

/** Subject → when its event was read, epoch milliseconds. @throws Error when one is missing in the end */
async function allSeen(
  delivered: readonly Delivery[],
  { events }: EventReader,
): Promise<Map<string, number>> {
  for (const until = performance.now() + lastWaitMs; performance.now() < until; await rest(100)) {
    const told = events.filter(({ type }) => type === "message.created");
    const seen = new Map(told.map(({ data, at }) => [String(data["subject"]), performance.timeOrigin + at]));
    if (delivered.every((one) => seen.has(one.subject))) return seen;
  }
  throw new Error("not every message was told of within a minute");
}

interface Measured {
  delivered: readonly Delivery[];
  seen: ReadonlyMap<string, number>;
  notifications: z.infer<typeof sentSchema>["notifications"];
  counts: z.infer<typeof countsSchema>;
}

function figuresOf({ delivered, seen, notifications, counts }: Measured): Figure[] {
  const sentAt = new Map(
    notifications
      .filter(({ attempt }) => attempt === 0)
      .flatMap(({ at, tells }) =>
        tells.flatMap(({ what, messageId }) => (what === "created" ? [[messageId, at] as const] : [])),
      ),
  );
  const delays = (from: (one: Delivery) => number | undefined): number[] =>
    delivered.flatMap((one) => {
      const begun = from(one);
      return begun === undefined ? [] : [seen.get(one.subject)! - begun];
    });
  const untold = delivered.filter(({ messageId }) => !sentAt.has(messageId)).length;
  const answers = notifications.flatMap(({ answerMs }) => answerMs ?? []);
  const both = (measure: string, values: readonly number[]): Figure[] =>
    [0.5, 0.99].map((q) => ({
      subject,
      measure: `${measure}, p${q * 100}`,
      value: quantile(values, q),
      unit: "ms",
    }));
  return [
    ...both(
      "from the notification to the event",
      delays(({ messageId }) => sentAt.get(messageId)),
    ),
    ...both(
      "from the delivery to the event",
      delays(({ at }) => at),
    ),
    ...both("answer to a notification", answers),
    { subject, measure: "messages without a notification", value: untold, unit: "", reach: none },
    {
      subject,
      measure: "requests for each",
      value: (counts.requests + counts.subRequests) / samples,
      unit: "",
    },
    { subject, measure: "refused for Microsoft's limits", value: counts.overLimit, unit: "", reach: none },
  ];
}

const none = { at: "most", value: 0 } as const;
