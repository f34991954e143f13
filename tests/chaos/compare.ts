/** Holds the server, the database and the recipients' side against the model. Each difference is one plain sentence. */
import { chaosFlags, type Model, type ModelMail } from "./model.ts";
import type { DatabaseState, Delivered, ServerState, StoredLocation, StoredRow } from "./states.ts";
import { expectedThreads, storedThreads } from "./threads.ts";

export interface Outcome {
  model: Model;
  server: ServerState;
  database: DatabaseState;
  delivered: readonly Delivered[];
}

/** Everything that is not as it must be; empty when all is well. */
export function compare(outcome: Outcome): string[] {
  return [
    ...serverAgainstModel(outcome),
    ...placesAgainstServer(outcome),
    ...rowsAgainstModel(outcome),
    ...eventsAgainstModel(outcome),
    ...[...outcome.model.falselyGone].map((mark) => `database: ${mark} was told as gone and never left`),
    ...wishesDone(outcome),
    ...repliesOnce(outcome),
    ...threadsWithoutOrder(outcome),
    ...nothingLeftOver(outcome),
  ];
}

/** What reading decides before the end: is everything in step already? The places and flags alone, cheap to ask again. */
export const isInStep = (outcome: Outcome): boolean =>
  placesAgainstServer(outcome).length === 0 && nothingLeftOver(outcome).length === 0;

function serverAgainstModel({ model, server }: Outcome): string[] {
  const differences: string[] = [];
  const stands = new Map<string, { path: string; flags: string[] }[]>();
  for (const { path, items } of server.folders)
    for (const { mark, flags } of items) stands.set(mark, [...(stands.get(mark) ?? []), { path, flags }]);
  for (const entry of model.mails.values()) {
    const found = stands.get(entry.mark) ?? [];
    stands.delete(entry.mark);
    if (found.length !== entry.copies)
      differences.push(
        `server: ${entry.mark} stands there ${found.length} times, not ${entry.copies}: ${found.map(({ path }) => path).join(", ")}`,
      );
    for (const { path, flags } of found) {
      if (!entry.places.has(path))
        differences.push(`server: ${entry.mark} stands in ${path}, not in ${[...entry.places].join(" or ")}`);
      for (const flag of chaosFlags)
        if (!entry.flags.get(flag)!.has(flags.includes(flag)))
          differences.push(
            `server: ${entry.mark} in ${path} ${flags.includes(flag) ? "has" : "lacks"} ${flag}`,
          );
    }
  }
  for (const [mark, places] of stands)
    differences.push(`server: ${mark} in ${places.map(({ path }) => path).join(", ")} comes from nobody`);
  return differences;
}

const placeText = (path: string, uid: number, flags: readonly string[]): string =>
  `${path} ${uid} (${[...flags].sort().join(" ")})`;

function placesAgainstServer({ model, server, database }: Outcome): string[] {
  const rows = new Map(database.messages.map((row) => [row.id, row]));
  const there = new Map<string, string>();
  for (const { path, items } of server.folders) {
    if (!model.synced.has(path)) continue;
    for (const { uid, flags, mark } of items) there.set(placeText(path, uid, flags), mark);
  }
  const differences: string[] = [];
  for (const { path, uid, flags, rowId, stale } of database.locations) {
    const text = placeText(path, uid, flags);
    if (stale) differences.push(`database: ${text} stands in a numbering or a folder that is over`);
    const mark = there.get(text);
    there.delete(text);
    const stored = rows.get(rowId)?.mark ?? null;
    if (mark === undefined) differences.push(`database: ${text} is not on the server (${stored})`);
    else if (mark !== stored) differences.push(`database: ${text} is ${mark} on the server, ${stored} here`);
  }
  for (const [text, mark] of there) differences.push(`database: ${text} of the server is missing (${mark})`);
  return differences;
}

function rowsAgainstModel({ model, server, database }: Outcome): string[] {
  const places = new Map<string, StoredLocation[]>();
  for (const place of database.locations)
    places.set(place.rowId, [...(places.get(place.rowId) ?? []), place]);
  const differences = database.messages.flatMap((row) => rowDifferences(row, places.get(row.id) ?? []));
  const rowsOf = new Map<string, StoredRow[]>();
  for (const row of database.messages) {
    if (row.mark === null) differences.push(`database: message ${row.id} bears no mark`);
    else rowsOf.set(row.mark, [...(rowsOf.get(row.mark) ?? []), row]);
  }
  for (const entry of model.mails.values())
    differences.push(...countDifferences(entry, rowsOf.get(entry.mark) ?? [], model, server));
  for (const mark of rowsOf.keys())
    if (!model.mails.has(mark)) differences.push(`database: ${mark} is stored and comes from nobody`);
  return differences;
}

function rowDifferences(row: StoredRow, places: readonly StoredLocation[]): string[] {
  const name = row.mark ?? row.id;
  const differences: string[] = [];
  if (places.length > 0 && (row.gone || row.inTransit))
    differences.push(`database: ${name} has a place and counts as ${row.gone ? "gone" : "in transit"}`);
  if (places.length === 0 && !row.gone) differences.push(`database: ${name} has no place and is not gone`);
  if (places.length > 0 && row.flagged !== places.some(({ flags }) => flags.includes("\\Flagged")))
    differences.push(`database: ${name} shows ${row.flagged ? "a flag" : "no flag"}, its places do not`);
  const folders = places.map(({ path }) => path);
  if (new Set(folders).size !== folders.length)
    differences.push(`database: two mails of one folder are one message (${name} in ${folders.join(", ")})`);
  return differences;
}

/** One row for one mail, unless copies stood side by side in a folder: those are messages of their own. */
function countDifferences(
  entry: ModelMail,
  rows: readonly StoredRow[],
  model: Model,
  server: ServerState,
): string[] {
  const most = entry.twinned ? entry.copiesEver : 1;
  const here = server.folders
    .filter(({ path }) => model.synced.has(path))
    .map(({ items }) => items.filter(({ mark }) => mark === entry.mark).length);
  const least = Math.max(0, ...here);
  const living = rows.filter((row) => !row.gone).length;
  if (rows.length > most) return [`database: ${entry.mark} is stored ${rows.length} times, not ${most}`];
  if (living < least) return [`database: ${entry.mark} is stored ${living} times, not ${least}`];
  return [];
}

function eventsAgainstModel({ model, database }: Outcome): string[] {
  const differences: string[] = [];
  const { events, eventSeq, messages } = database;
  events.forEach(({ seq }, index) => {
    if (seq !== index + 1) differences.push(`events: number ${seq} stands in place ${index + 1}`);
  });
  if (events.length !== eventSeq)
    differences.push(`events: ${events.length} stand there, ${eventSeq} were numbered`);
  const told = new Map<string, number>();
  for (const { type, payload } of events)
    if (type === "message.created")
      told.set(String(payload["id"]), (told.get(String(payload["id"])) ?? 0) + 1);
  for (const row of messages) {
    const times = told.get(row.id) ?? 0;
    told.delete(row.id);
    if (times !== Number(row.isNew))
      differences.push(`events: ${row.mark} is ${row.isNew ? "new" : "not new"} and was told ${times} times`);
  }
  for (const id of told.keys()) differences.push(`events: ${id} was told as new and is not stored`);
  for (const { mark, news } of model.mails.values()) {
    const times = messages.filter((row) => row.mark === mark && row.isNew).length;
    if (news === "no" && times > 0) differences.push(`events: ${mark} was told as new and is not`);
    if (news === "yes" && times !== 1) differences.push(`events: ${mark} is new and was told ${times} times`);
  }
  return differences;
}

/** What was confirmed is so on the server, unless somebody else had a later word. */
function wishesDone({ model, server, database }: Outcome): string[] {
  const undone = new Set(
    database.intents
      .filter(({ state, problem }) => state === "undone" && problem !== "superseded")
      .map(({ mark }) => mark),
  );
  const items = server.folders.flatMap((folder) => folder.items);
  return [...model.wishes].flatMap(([key, { on, crossed }]) => {
    const [mark = "", flag = ""] = key.split(" ");
    const found = items.filter((item) => item.mark === mark);
    if (crossed || undone.has(mark) || found.length !== 1) return [];
    return found[0]!.flags.includes(flag) === on
      ? []
      : [`intents: ${mark} was to ${on ? "get" : "lose"} ${flag}, which was confirmed and is not so`];
  });
}

function repliesOnce({ model, server, database, delivered }: Outcome): string[] {
  const sent = new Map<string, number>();
  for (const { items } of server.folders)
    for (const { mark } of items) sent.set(mark, (sent.get(mark) ?? 0) + 1);
  return model.replies.flatMap(({ mark, id }) => {
    const row = database.outbox.find((other) => other.id === id);
    const left = delivered.filter((one) => one.mark === mark).length;
    const stored = database.messages.filter((message) => message.mark === mark);
    const differences: string[] = [];
    if (row === undefined) return [`replies: ${mark} is not in the outbox`];
    if (left > 1) differences.push(`replies: ${mark} left ${left} times`);
    if (row.state === "done" && left !== 1)
      differences.push(`replies: ${mark} is done and left ${left} times`);
    if (["failed", "cancelled"].includes(row.state) && left > 0)
      differences.push(`replies: ${mark} is ${row.state} and left ${left} times`);
    if (!["done", "failed", "unknown", "cancelled"].includes(row.state))
      differences.push(`replies: ${mark} is still ${row.state} (${row.problem})`);
    if (row.state === "unknown" && !model.mayAskPerson)
      differences.push(`replies: ${mark} is left to a person (it left ${left} times)`);
    if (row.state === "done" && stored.length !== 1)
      differences.push(`replies: ${mark} stands in the conversation ${stored.length} times`);
    if (row.state === "done" && row.sentRow !== stored[0]?.id)
      differences.push(`replies: ${mark} was not recognised in Sent`);
    return differences;
  });
}

const asSet = (groups: string[][]): Set<string> =>
  new Set(groups.filter((group) => group.length > 0).map((group) => group.join(" ")));

function threadsWithoutOrder({ database }: Outcome): string[] {
  const marks = new Map(database.messages.map((row) => [row.id, row.mark ?? row.id]));
  const named = (group: string): string =>
    group
      .split(" ")
      .map((id) => marks.get(id))
      .join(", ");
  const [expected, stored] = [asSet(expectedThreads(database)), asSet(storedThreads(database))];
  return [
    ...[...expected]
      .filter((group) => !stored.has(group))
      .map((group) => `threads: ${named(group)} must be one conversation`),
    ...[...stored]
      .filter((group) => !expected.has(group))
      .map((group) => `threads: ${named(group)} are one conversation and must not be`),
  ];
}

function nothingLeftOver({ database }: Outcome): string[] {
  return [
    ...database.intents
      .filter(({ state }) => state === "pending" || state === "applied")
      .map(({ kind, mark, problem }) => `intents: ${kind} of ${mark} is still pending (${problem})`),
    ...database.messages
      .filter((row) => row.inTransit)
      .map((row) => `database: ${row.mark} is still in transit`),
    ...database.outbox
      .filter(({ state }) => state === "queued" || state === "sending" || state === "sent")
      .map(({ id, state, problem }) => `replies: ${id} is still ${state} (${problem})`),
  ];
}
