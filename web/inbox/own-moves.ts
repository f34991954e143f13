/** The conversations that one has just moved by an action of one's own: their coming back is no news. */
const moved = new Map<string, ReturnType<typeof setTimeout>>();

/** From the click until the server's answer and its event are in, in ms. */
const freshMs = 5_000;

export function noteOwnMove(id: string, forMs = freshMs): void {
  clearTimeout(moved.get(id));
  moved.set(
    id,
    setTimeout(() => moved.delete(id), forMs),
  );
}

export const isOwnMove = (id: string): boolean => moved.has(id);
