/**
 * Threading (sync.md 11): decides the conversation of messages before their rows are written. The rules are in
 * thread-keys.ts; here they meet the database:
 *
 *   claim keys (sorted) → lock the conversations they lead to (descending) → read evidence → join → create, merge
 *
 * Every pair that has an edge shares a key or a conversation's lock, so that of two parallel transactions the second
 * sees the first. Call it once in a transaction, before its rows are inserted.
 */
import { newId } from "../core/ids.ts";
import type { ThreadableMessage } from "../store/inbox-port.ts";
import type { TenantDb } from "../store/tenant-db.ts";
import { ConversationLocks } from "./conversation-locks.ts";
import { DisjointSets } from "./disjoint-sets.ts";
import { createConversations, mergeConversations } from "./merge.ts";
import { findOwners, findSubjectPartners, isReferredTo, type KnownOwner } from "./thread-evidence.ts";
import {
  canJoinBySubject,
  joinedBySubject,
  normaliseRef,
  ownersAgree,
  referencesOf,
  refKey,
  subjectMeetingKey,
} from "./thread-keys.ts";
import { claimRefs, pointRefs, type Claims } from "./thread-refs.ts";

interface Node {
  id: string;
  message: ThreadableMessage;
  own: string | null;
  refs: string[];
  meeting: string | null;
  /** Its keys in `thread_refs`, of its own id, its references and its meeting, in this order. */
  keys: string[];
}

type KeyOf = (ref: string) => string;

/** One that works out each key once: an id is met again and again. */
function rememberKeys(): KeyOf {
  const keys = new Map<string, string>();
  return (ref) => {
    let key = keys.get(ref);
    if (key === undefined) keys.set(ref, (key = refKey(ref)));
    return key;
  };
}

function describe(message: ThreadableMessage, keyOf: KeyOf): Node {
  const own = message.messageId === null ? null : normaliseRef(message.messageId);
  const refs = referencesOf(message);
  const meeting = canJoinBySubject(message) ? subjectMeetingKey(message.mailboxId, message.subjectKey) : null;
  const keys = [
    ...(own === null ? [] : [keyOf(own)]),
    ...refs.map(keyOf),
    ...(meeting === null ? [] : [meeting]),
  ];
  return { id: message.id, message, own, refs, meeting, keys };
}

/**
 * Gives each message its conversation: an existing one, a new one, or the oldest of several that it ties together.
 * Messages not yet stored; ids unique.
 *
 * @returns message id → conversation id
 */
export async function thread(tx: TenantDb, messages: ThreadableMessage[]): Promise<Map<string, string>> {
  if (messages.length === 0) return new Map();
  const keyOf = rememberKeys();
  const nodes = messages.map((message) => describe(message, keyOf));
  const sets = new DisjointSets();
  joinBatch(sets, nodes);
  const candidates = candidateIds(sets, nodes);
  const claims = await claim(tx, { sets, nodes, keyOf }, candidates);
  const locks = ConversationLocks.of(tx);
  await locks.lock(claims.known.values());
  await joinByReference(tx, { sets, nodes, keyOf, claims, locks });
  await joinBySubject(tx, { sets, nodes, locks });
  return settleSets(tx, { sets, nodes, claims, locks, candidates });
}

/** Edges between messages of the batch itself. */
function joinBatch(sets: DisjointSets, nodes: Node[]): void {
  const owners = groupBy(nodes, (node) => (node.own === null ? [] : [node.own]));
  const referrers = groupBy(nodes, (node) => node.refs);
  const meetings = groupBy(nodes, (node) => (node.meeting === null ? [] : [node.meeting]));
  for (const node of nodes) sets.find(node.id);
  for (const [ref, referring] of referrers) {
    for (const other of [...referring, ...(owners.get(ref) ?? [])]) sets.join(referring[0]!.id, other.id);
  }
  eachPair(owners.values(), (a, b) => {
    if (ownersAgree(a.message, b.message)) sets.join(a.id, b.id);
  });
  eachPair(meetings.values(), (a, b) => {
    if (joinedBySubject(a.message, b.message, a.message.mailboxAddress)) sets.join(a.id, b.id);
  });
}

function groupBy(nodes: Node[], keysOf: (node: Node) => string[]): Map<string, Node[]> {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const key of keysOf(node)) {
      const group = groups.get(key);
      if (group) group.push(node);
      else groups.set(key, [node]);
    }
  }
  return groups;
}

function eachPair(groups: Iterable<Node[]>, visit: (a: Node, b: Node) => void): void {
  for (const group of groups) {
    group.forEach((a, index) => group.slice(index + 1).forEach((b) => visit(a, b)));
  }
}

/** One conversation id in waiting for each set of the batch, by the set's messages. */
function candidateIds(sets: DisjointSets, nodes: Node[]): Map<string, string> {
  const bySet = new Map<string, string>();
  const candidates = new Map<string, string>();
  for (const node of nodes) {
    const set = sets.find(node.id);
    if (!bySet.has(set)) bySet.set(set, newId());
    candidates.set(node.id, bySet.get(set)!);
  }
  return candidates;
}

/** Proposes for a missing key a conversation the set is known to lead to, which spares a correction later. */
async function claim(
  tx: TenantDb,
  { sets, nodes, keyOf }: Pick<Work, "sets" | "nodes" | "keyOf">,
  candidates: Map<string, string>,
): Promise<Claims> {
  const claimants = new Map<string, Node>();
  for (const node of nodes) {
    for (const key of node.keys) if (!claimants.has(key)) claimants.set(key, node);
  }
  let guesses: Map<string, string> | undefined;
  return claimRefs(tx, claimants.keys(), (key, known) => {
    guesses ??= guessBySet({ sets, nodes, keyOf }, known);
    const node = claimants.get(key)!;
    return guesses.get(sets.find(node.id)) ?? candidates.get(node.id)!;
  });
}

function guessBySet(
  { sets, nodes, keyOf }: Pick<Work, "sets" | "nodes" | "keyOf">,
  known: Map<string, string>,
): Map<string, string> {
  const guesses = new Map<string, string>();
  for (const node of nodes) {
    for (const ref of [...node.refs, ...(node.own === null ? [] : [node.own])]) {
      const conversation = known.get(keyOf(ref));
      if (conversation !== undefined) guesses.set(sets.find(node.id), conversation);
    }
  }
  return guesses;
}

interface Work {
  sets: DisjointSets;
  nodes: Node[];
  keyOf: KeyOf;
  claims: Claims;
  locks: ConversationLocks;
}

/** Edges to stored messages by Message-IDs. */
async function joinByReference(tx: TenantDb, { sets, nodes, keyOf, claims, locks }: Work): Promise<void> {
  const mentioned = new Set(
    nodes.flatMap((node) => (node.own === null ? node.refs : [node.own, ...node.refs])),
  );
  const known = [...mentioned].filter((ref) => claims.known.has(keyOf(ref)));
  const owners = groupOwners(await findOwners(tx, known));
  await locks.lock([...owners.values()].flat().map((owner) => owner.conversationId));
  const join = (node: Node, conversationId: string | undefined): void => {
    const root = conversationId === undefined ? undefined : locks.root(conversationId);
    if (root !== undefined) sets.join(node.id, root);
  };
  for (const node of nodes) {
    for (const ref of node.refs) {
      join(node, claims.known.get(keyOf(ref)));
      for (const owner of owners.get(ref) ?? []) join(node, owner.conversationId);
    }
    const first = node.own === null ? undefined : claims.known.get(keyOf(node.own));
    if (node.own === null || first === undefined) continue;
    const bearers = owners.get(node.own) ?? [];
    const agreeing = bearers.filter((owner) => ownersAgree(node.message, owner));
    for (const owner of agreeing) join(node, owner.conversationId);
    if (agreeing.length === bearers.length) join(node, first);
    else {
      const root = locks.root(first);
      if (root !== undefined && (await isReferredTo(tx, root, node.own))) join(node, root);
    }
  }
}

function groupOwners(owners: KnownOwner[]): Map<string, KnownOwner[]> {
  const groups = new Map<string, KnownOwner[]>();
  for (const owner of owners) {
    const ref = normaliseRef(owner.ref) ?? owner.ref;
    groups.set(ref, [...(groups.get(ref) ?? []), owner]);
  }
  return groups;
}

/** Edges to stored messages by subject alone. */
async function joinBySubject(
  tx: TenantDb,
  { sets, nodes, locks }: Omit<Work, "claims" | "keyOf">,
): Promise<void> {
  const asking = nodes.filter((node) => node.meeting !== null);
  const partners = await findSubjectPartners(
    tx,
    asking.map((node) => node.message),
  );
  const edges = asking.flatMap((node) =>
    partners
      .filter(({ side }) => joinedBySubject(node.message, side, node.message.mailboxAddress))
      .map((partner) => ({ node, conversationId: partner.conversationId })),
  );
  await locks.lock(edges.map((edge) => edge.conversationId));
  for (const { node, conversationId } of edges) {
    const root = locks.root(conversationId);
    if (root !== undefined) sets.join(node.id, root);
  }
}

/** Makes the sets true: new conversations, joins into the oldest, and the keys that were proposed otherwise. */
async function settleSets(
  tx: TenantDb,
  { sets, nodes, claims, locks, candidates }: Omit<Work, "keyOf"> & { candidates: Map<string, string> },
): Promise<Map<string, string>> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const conversationOf = new Map<string, string>();
  const created = new Map<string, ThreadableMessage[]>();
  const joins = new Map<string, string[]>();
  for (const group of sets.groups()) {
    const members = group.flatMap((id) => byId.get(id) ?? []);
    const [survivor, ...losers] = group.filter((id) => !byId.has(id)).sort();
    const conversation = survivor ?? candidates.get(members[0]!.id)!;
    if (survivor === undefined)
      created.set(
        conversation,
        members.map((node) => node.message),
      );
    if (losers.length > 0) joins.set(conversation, losers);
    for (const node of members) conversationOf.set(node.id, conversation);
  }
  await createConversations(tx, created);
  locks.noteCreated(created.keys());
  await mergeConversations(tx, joins);
  locks.noteJoined(joins);
  await pointRefs(tx, corrections(nodes, claims, locks, conversationOf));
  return conversationOf;
}

/** Own keys whose proposal came to nothing, and keys of conversations that no longer exist. */
function corrections(
  nodes: Node[],
  claims: Claims,
  locks: ConversationLocks,
  conversationOf: Map<string, string>,
): Map<string, string> {
  const targets = new Map<string, string>();
  const judged = new Set<string>(); // the first who names a key claimed it
  for (const node of nodes) {
    const conversation = conversationOf.get(node.id)!;
    for (const key of node.keys) {
      if (judged.has(key)) continue;
      judged.add(key);
      const proposed = claims.mine.get(key);
      const wrong =
        proposed === undefined ? locks.root(claims.known.get(key)!) === undefined : proposed !== conversation;
      if (wrong) targets.set(key, conversation);
    }
  }
  return targets;
}
