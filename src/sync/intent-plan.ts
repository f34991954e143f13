/** From due intents and where their messages stand to the commands for the server: pure. */
import type { Intent } from "../store/intents.ts";
import type { SourceIntent } from "../protocol/mail-source.ts";

export interface StandingLocation {
  messageId: string;
  folderId: string;
  folderPath: string;
  folderRole: string | null;
  epoch: number;
  epochKey: string;
  key: string;
}

export interface TargetFolder {
  id: string;
  path: string;
  role: string | null;
}

/** One command for many messages. */
export interface IntentCommand {
  request: SourceIntent;
  folderId: string;
  epoch: number;
  /** The folder that receives, for moves. */
  target: TargetFolder | null;
  /** Key → intent that it serves. */
  intents: Map<string, Intent>;
}

export interface IntentPlan {
  commands: IntentCommand[];
  /** Nothing to do on the server: it is so already. */
  already: Intent[];
  /** No location now: the message is on its way between folders, or gone. */
  homeless: Intent[];
  /** Cannot be done at all. */
  impossible: { intent: Intent; problem: string }[];
}

/**
 * Groups intents by folder and change. Of several intents for one message only the oldest is planned: the next round
 * takes the others, so that they reach the server in order.
 */
export function planIntents(
  intents: readonly Intent[],
  locations: readonly StandingLocation[],
  folders: readonly TargetFolder[],
): IntentPlan {
  const plan: IntentPlan = { commands: [], already: [], homeless: [], impossible: [] };
  const taken = new Set<string>();
  const groups = new Map<string, IntentCommand>();
  for (const intent of intents) {
    if (taken.has(intent.messageId)) continue;
    taken.add(intent.messageId);
    const standing = locations.filter((location) => location.messageId === intent.messageId);
    const target = targetOf(intent, folders);
    if (target === undefined) plan.impossible.push({ intent, problem: "target_folder_missing" });
    else if (standing.length === 0) plan.homeless.push(intent);
    else {
      const moving = target === null ? standing : toMove(standing, target);
      if (moving.length === 0) plan.already.push(intent);
      for (const location of moving) addTo(groups, intent, location, target);
    }
  }
  plan.commands = [...groups.values()];
  return plan;
}

/** null: none needed; undefined: needed and missing. */
function targetOf(intent: Intent, folders: readonly TargetFolder[]): TargetFolder | null | undefined {
  if (intent.kind === "flags") return null;
  if (intent.kind === "delete") return folders.find((folder) => folder.role === "trash");
  return folders.find((folder) => folder.id === intent.params.targetFolderId);
}

/** The copy in Sent stays where it is, unless the message stands nowhere else. */
function toMove(standing: readonly StandingLocation[], target: TargetFolder): StandingLocation[] {
  const received = standing.filter(
    (location) => location.folderRole !== "sent" && location.folderRole !== "drafts",
  );
  return (received.length > 0 ? received : standing).filter((location) => location.folderId !== target.id);
}

function addTo(
  groups: Map<string, IntentCommand>,
  intent: Intent,
  location: StandingLocation,
  target: TargetFolder | null,
): void {
  const { add = [], remove = [] } = intent.params;
  const change = JSON.stringify([
    location.folderId,
    location.epochKey,
    intent.kind,
    target?.id,
    [...add].sort(),
    [...remove].sort(),
  ]);
  const command = groups.get(change) ?? {
    request: {
      kind: target === null ? ("flags" as const) : ("move" as const),
      folderPath: location.folderPath,
      epochKey: location.epochKey,
      keys: [],
      ...(target === null ? { add, remove } : { targetPath: target.path }),
    },
    folderId: location.folderId,
    epoch: location.epoch,
    target,
    intents: new Map<string, Intent>(),
  };
  command.request.keys.push(location.key);
  command.intents.set(location.key, intent);
  groups.set(change, command);
}
