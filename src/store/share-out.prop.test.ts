import { array, assert, nat, option, property, record } from "fast-check";
import { expect, test } from "vitest";
import { shareOut, turnOf, type CensusProcess, type Sharer } from "./share-out.ts";

const sharers = array(
  record({
    owned: nat({ max: 300 }),
    max: option(nat({ max: 300 }), { nil: null }),
  }),
  { minLength: 1, maxLength: 12 },
).map((all): Sharer[] => all.map((one, n) => ({ ...one, processId: `p${String(n).padStart(2, "0")}` })));

const roomOf = ({ max }: Sharer): number => max ?? Number.POSITIVE_INFINITY;
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

test("shares are whole, even up to one, within each one's maximum, and cover what can be covered", () => {
  assert(
    property(sharers, nat({ max: 3_000 }), (all, total) => {
      const shares = shareOut(total, all);
      expect(sum(shares.values())).toBe(Math.min(total, sum(all.map(roomOf))));
      for (const one of all) {
        const share = shares.get(one.processId)!;
        expect(Number.isInteger(share) && share >= 0 && share <= roomOf(one)).toBe(true);
        // Whoever has less than another has no room for more, or it is the odd one.
        for (const other of all)
          if (share < shares.get(other.processId)! - 1) expect(share).toBe(roomOf(one));
      }
    }),
  );
});

test("everybody comes to the same answer, in whatever order the rows come", () => {
  assert(
    property(sharers, nat({ max: 3_000 }), nat(), (all, total, turn) => {
      const turned = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)];
      expect([...shareOut(total, turned)].sort()).toEqual([...shareOut(total, all)].sort());
    }),
  );
});

/** The fewest moves that make `owned` even: by trying who gets the odd ones, all ways. */
function fewestMoves(owned: readonly number[]): number {
  const each = Math.floor(sum(owned) / owned.length);
  const odd = sum(owned) - each * owned.length;
  const ways = (n: number, left: number): number[] => {
    if (n === owned.length) return left === 0 ? [0] : [];
    const above = (share: number): number => Math.max(0, owned[n]! - share);
    return [
      ...ways(n + 1, left).map((moves) => moves + above(each)),
      ...(left > 0 ? ways(n + 1, left - 1).map((moves) => moves + above(each + 1)) : []),
    ];
  };
  return Math.min(...ways(0, odd));
}

test("it takes the fewest moves that there are", () => {
  const owned = array(nat({ max: 40 }), { minLength: 1, maxLength: 7 });
  assert(
    property(owned, (each) => {
      const all = each.map((count, n) => ({ processId: `p${n}`, max: null, owned: count }));
      const shares = shareOut(sum(each), all);
      const moves = sum(all.map((one) => Math.max(0, one.owned - shares.get(one.processId)!)));
      expect(moves).toBe(fewestMoves(each));
    }),
  );
});

/** Processes take and give by their own turns, one after the other in any order, until nobody has anything to do. */
function settle(start: readonly CensusProcess[], total: number, order: readonly number[]) {
  const all = start.map((one) => ({ ...one }));
  let moves = 0;
  for (let round = 0; round < 200; round++) {
    let busy = false;
    for (const n of order.map((one) => one % all.length).concat(all.map((_, index) => index))) {
      const free = total - sum(all.map(({ owned }) => owned));
      const { take, give } = turnOf({ total, free, processes: all }, all[n]!.processId);
      all[n]!.owned += take - give;
      moves += give;
      busy ||= take + give > 0;
    }
    if (!busy) return { owned: all.map(({ owned }) => owned), moves };
  }
  throw new Error("it never settles");
}

test("turns taken in any order end, even, without a mailbox going to and fro", () => {
  const start = array(nat({ max: 60 }), { minLength: 1, maxLength: 6 });
  assert(
    property(start, nat({ max: 50 }), array(nat(), { maxLength: 8 }), (owned, free, order) => {
      const all = owned.map((count, n) => ({ processId: `p${n}`, max: null, owned: count, settled: true }));
      const { owned: after, moves } = settle(all, sum(owned) + free, order);
      expect(sum(after)).toBe(sum(owned) + free);
      expect(Math.max(...after) - Math.min(...after)).toBeLessThanOrEqual(1);
      // What was free is taken first; only what is then still uneven moves, each mailbox once.
      expect(moves).toBeLessThanOrEqual(fewestMoves(owned));
    }),
  );
});

const living = (...owned: number[]): CensusProcess[] =>
  owned.map((count, n) => ({ processId: `p${n}`, max: null, owned: count, settled: true }));

test("a difference of one moves nothing; a new process gets its share and no more", () => {
  expect(settle(living(7, 6, 6), 19, [])).toEqual({ owned: [7, 6, 6], moves: 0 });
  expect(settle(living(100, 100, 0), 200, [])).toEqual({ owned: [67, 67, 66], moves: 66 });
});

test("who comes back in the place of the dead takes their mailboxes, and nobody else's move", () => {
  const fresh = { processId: "new", max: null, owned: 0, settled: false };
  // The dead one still counts as living: nothing is given to its successor yet.
  const before = [...living(67, 67, 66), fresh];
  for (const { processId } of before)
    expect(turnOf({ total: 200, free: 0, processes: before }, processId)).toEqual({ take: 0, give: 0 });
  const after = [...living(67, 67), fresh];
  expect(settle(after, 200, [])).toEqual({ owned: [67, 67, 66], moves: 0 });
});

test("who is leaving, is full or is struck off takes nothing", () => {
  const processes = [
    { processId: "leaving", max: 0, owned: 0, settled: true },
    { processId: "full", max: 3, owned: 3, settled: true },
    { processId: "free", max: null, owned: 0, settled: true },
  ];
  const census = { total: 10, free: 7, processes };
  expect(turnOf(census, "leaving")).toEqual({ take: 0, give: 0 });
  expect(turnOf(census, "full")).toEqual({ take: 0, give: 0 });
  expect(turnOf(census, "free")).toEqual({ take: 7, give: 0 });
  expect(turnOf(census, "struck off")).toEqual({ take: 0, give: 0 });
});
