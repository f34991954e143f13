/** The promises that a run can be made without, to show that chaos finds what then goes wrong (sync.md, "must always hold"). */
import type { Removal } from "./removal.ts";

export const removals: Readonly<Record<string, Removal>> = {
  fence: {
    promise: "a process that lost the mailbox writes nothing",
    edits: [
      {
        file: "src/store/fence.ts",
        from: `.where("owner", "=", owner)
      .where("fence", "=", fence)`,
        to: `.where(sql<boolean>\`\${owner}::text IS NOT NULL AND \${fence}::bigint IS NOT NULL\`)`,
      },
    ],
  },
  cursor: {
    promise: "a folder's cursor commits together with the rows it covers",
    edits: [
      {
        file: "src/sync/head-round.ts",
        from: `  for (let from = 0; from < added.length || from === 0; from += batchSize) {`,
        to: `  await writeMailbox(ctx, (tx) => patchFolder(tx, folder.id, patch));
  for (let from = 0; from < added.length || from === 0; from += batchSize) {`,
      },
    ],
  },
  completeness: {
    promise: "nothing is concluded from a listing that is not proved complete",
    edits: [
      {
        file: "src/protocol/imap/commands.ts",
        from: "if (!complete || listed.length !== high - low + 1) {",
        to: "if (listed.length > high - low + 1) {",
      },
      {
        file: "src/protocol/imap/commands.ts",
        from: `complete && items.length < high - low + 1 ? await addSilent(folder, low, high, items) : items;`,
        to: `complete && items.length > high - low + 1 ? await addSilent(folder, low, high, items) : items;`,
      },
    ],
  },
  "sent-lookup": {
    promise: "Sent is searched before a reply whose fate is unclear leaves again",
    edits: [
      {
        file: "src/inbox/outbox/run-outbox.ts",
        from: "const verdict = await ctx.withSource((source) => lookInSent(ctx, source, folder, row));",
        to: `const verdict: string = "absent";`,
      },
    ],
  },
  identity: {
    promise: "a repeated Message-ID alone makes no two mails one",
    edits: [
      {
        file: "src/sync/identity.ts",
        from: `  return digest([
    "id",
    message.messageId,
    canonicalAddress(message.from?.address ?? ""),
    message.dateMs === null ? null : Math.floor(message.dateMs / 1000),
    canonicalSubject(message.subject),
  ]);`,
        to: `  return digest(["id", message.messageId]);`,
      },
      {
        file: "src/sync/identity.ts",
        from: "  const same = sameContent(a.contentDigest, b.contentDigest);",
        to: "  const same = true;",
      },
    ],
  },
  "content-across": {
    promise: "of mails that repeat each other's header the content decides, whatever way it came",
    edits: [
      {
        file: "src/sync/identity.ts",
        from: "if (a.readOver !== b.readOver) return same || (sameDate(a, b) && sameText(a, b));",
        to: "if (a.readOver !== b.readOver) return true;",
      },
    ],
  },
  "twins-by-header": {
    promise: "a header recognises a message only when it can mean no other",
    edits: [
      {
        file: "src/sync/identity.ts",
        from: "return others.length === 1 && messages.length === 1 && isIt(item) && isIt(messages[0]!);",
        to: "return others.length > 0 && messages.length > 0;",
      },
    ],
  },
  "order-free-threading": {
    promise: "a parent that comes after its children joins them",
    edits: [
      {
        file: "src/inbox/threading.ts",
        from: "const first = node.own === null ? undefined : claims.known.get(keyOf(node.own));",
        to: "const first: string | undefined = undefined;",
      },
    ],
  },
};
