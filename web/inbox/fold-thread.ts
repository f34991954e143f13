/** Which messages of a thread are open at first, and which are behind "older messages". Pure. */
export interface FoldMessage {
  id: string;
  seen: boolean;
  direction: "in" | "out";
}

export interface Fold {
  /** Open at first: what is unread, of much the newest, and the last message. */
  open: Set<string>;
  /** Hidden behind one line: [first, past the last) by index; empty when equal. */
  hidden: [number, number];
}

/** Threads up to this long are shown line by line. */
const shownAtMost = 6;
/** Each open one is read from the server and, as HTML, is a page of its own. */
const openAtMost = 10;

export function foldThread(messages: readonly FoldMessage[]): Fold {
  const unread = messages
    .filter((message) => !message.seen && message.direction === "in")
    .map((message) => message.id);
  const open = new Set(unread.slice(-openAtMost));
  const last = messages.at(-1);
  if (last !== undefined) open.add(last.id);
  if (messages.length <= shownAtMost) return { open, hidden: [0, 0] };
  // The first message says what it is about, the last two where it stands; an unread one ends the fold.
  const first = messages.slice(1).find((message) => open.has(message.id) || unread.includes(message.id));
  const firstKept = first === undefined ? -1 : messages.indexOf(first);
  const end = Math.min(firstKept === -1 ? messages.length : firstKept, messages.length - 2);
  return { open, hidden: end - 1 >= 2 ? [1, end] : [0, 0] };
}
