/**
 * Our changes (MailSource.apply): read state, flag, move; deleting is a move to Deleted Items. Grouped in batches. With
 * immutable ids a moved message keeps its key.
 */
import { z } from "zod";
import { HitchpostError, isHitchpostError } from "../../core/errors.ts";
import type { IntentResult, SourceIntent } from "../mail-source.ts";
import type { Part, PartAnswer } from "./batch.ts";
import { messagePath } from "./fetch.ts";
import type { GraphParts } from "./graph-parts.ts";
import { epochKey } from "./head.ts";

const options = { what: "changing messages", subject: "message", urgency: "urgent" } as const;

/** @throws folder_unavailable when the target is not there; what was refused for another reason than a missing message */
export async function applyIntent(parts: GraphParts, intent: SourceIntent): Promise<IntentResult> {
  if (intent.kind === "append")
    throw new HitchpostError(
      "invalid_request",
      "Graph files no ready-made mail: what it sends it files itself.",
      {
        details: { field: "kind" },
      },
    );
  const isMove = intent.kind !== "flags";
  const change = isMove ? null : flagChange(intent);
  const wanted = intent.keys.map((key): Part => {
    if (change !== null) return { path: messagePath(key), method: "PATCH", json: change };
    return {
      path: `${messagePath(key)}/move`,
      method: "POST",
      json: { destinationId: intent.targetPath ?? "deleteditems" },
    };
  });
  // Flags that Graph has not: nothing is to be done, and who is there is done.
  const answers =
    change !== null && Object.keys(change).length === 0
      ? await parts.batcher.run(
          intent.keys.map((key) => ({ path: `${messagePath(key)}?$select=id` })),
          options,
        )
      : await parts.batcher.run(wanted, options);
  if (isMove && answers.some((answer) => isMissing(parts, answer)))
    await assertTarget(parts, intent.targetPath);
  return resultOf(parts, intent, answers, isMove);
}

const has = (list: readonly string[], flag: string): boolean =>
  list.some((one) => one.toLowerCase() === flag);

/** What PATCH takes; empty when Graph knows none of the flags. Pure. */
export function flagChange({ add = [], remove = [] }: Pick<SourceIntent, "add" | "remove">): object {
  return {
    ...(has(remove, "\\seen") && { isRead: false }),
    ...(has(add, "\\seen") && { isRead: true }),
    ...(has(remove, "\\flagged") && { flag: { flagStatus: "notFlagged" } }),
    ...(has(add, "\\flagged") && { flag: { flagStatus: "flagged" } }),
  };
}

const isMissing = ({ client }: GraphParts, answer: PartAnswer): boolean =>
  !answer.ok && client.errorOf(answer.refusal, options).code === "message_gone";

const idSchema = z.object({ id: z.string().min(1) });

function resultOf(
  parts: GraphParts,
  { keys }: SourceIntent,
  answers: readonly PartAnswer[],
  isMove: boolean,
): IntentResult {
  const result: IntentResult = { done: [], missing: [], moved: [] };
  for (const [index, key] of keys.entries()) {
    const answer = answers[index]!;
    if (!answer.ok) {
      const error = parts.client.errorOf(answer.refusal, options);
      if (error.code !== "message_gone") throw error;
      result.missing.push(key);
      continue;
    }
    result.done.push(key);
    const to = idSchema.safeParse(answer.json).data?.id;
    if (isMove && to !== undefined) result.moved.push({ from: key, to, epochKey });
  }
  return result;
}

/** Graph says of a missing message and of a missing target the same. */
async function assertTarget({ client }: GraphParts, targetPath: string | undefined): Promise<void> {
  if (targetPath === undefined) return;
  try {
    await client.send({
      path: `/mailFolders/${encodeURIComponent(targetPath)}?$select=id`,
      what: "moving messages",
      subject: "folder",
      urgency: "urgent",
    });
  } catch (error) {
    if (isHitchpostError(error, "folder_unavailable")) throw error;
    if (!isHitchpostError(error, "protocol_error")) throw error;
  }
}
