/**
 * What waits to be written, and how much of it. Owners take turns, and within what is one's the first is served first: who
 * submits much waits for it alone. An owner may hold half of what the others leave free, so that there is room for the next.
 */

export interface Amount {
  readonly items: number;
  readonly bytes: number;
}

export interface Waiting {
  /** Null: nobody's; it is bounded with all others only. */
  readonly owner: string | null;
  readonly amount: Amount;
}

export interface FairQueue<Entry extends Waiting> {
  /** Until it is done, whether it was taken or not. */
  readonly held: Amount;
  /** Not yet taken. */
  readonly itemsQueued: number;
  readonly isEmpty: boolean;
  /** One that is larger than all bounds has room when nothing else is held. */
  hasRoomFor(entry: Waiting): boolean;
  add(entry: Entry): void;
  /** As many as fit together, and one in any case; in turns, and past those that do not fit, which are the first next time. */
  take(most: Amount): Entry[];
  done(entry: Entry): void;
}

const nothing: Amount = { items: 0, bytes: 0 };

export function createFairQueue<Entry extends Waiting>(bounds: Amount): FairQueue<Entry> {
  /** The owner whose turn was longest ago is the first. */
  const lines = new Map<string | null, Entry[]>();
  const heldBy = new Map<string | null, Amount>();
  let held = nothing;
  let itemsQueued = 0;

  function hold(owner: string | null, change: Amount): void {
    held = sum(held, change);
    const own = sum(heldBy.get(owner) ?? nothing, change);
    if (own.items === 0) heldBy.delete(owner);
    else heldBy.set(owner, own);
  }

  return {
    get held() {
      return held;
    },
    get itemsQueued() {
      return itemsQueued;
    },
    get isEmpty() {
      return lines.size === 0;
    },
    hasRoomFor({ owner, amount }) {
      if (held.items === 0) return true;
      if (!fits(sum(held, amount), bounds)) return false;
      const own = heldBy.get(owner);
      if (owner === null || own === undefined) return true;
      const share = {
        items: (bounds.items - (held.items - own.items)) / 2,
        bytes: (bounds.bytes - (held.bytes - own.bytes)) / 2,
      };
      return fits(sum(own, amount), share);
    },
    add(entry) {
      hold(entry.owner, entry.amount);
      itemsQueued += entry.amount.items;
      const line = lines.get(entry.owner);
      if (line === undefined) lines.set(entry.owner, [entry]);
      else line.push(entry);
    },
    take(most) {
      const taken: Entry[] = [];
      let total = nothing;
      // An owner that is served is put behind all others, and the loop comes to it again.
      for (const [owner, line] of lines) {
        const [next] = line;
        if (next === undefined || (taken.length > 0 && !fits(sum(total, next.amount), most))) continue;
        line.shift();
        lines.delete(owner);
        if (line.length > 0) lines.set(owner, line);
        taken.push(next);
        total = sum(total, next.amount);
        if (total.items >= most.items) break;
      }
      itemsQueued -= total.items;
      return taken;
    },
    done({ owner, amount }) {
      hold(owner, { items: -amount.items, bytes: -amount.bytes });
    },
  };
}

function sum(one: Amount, other: Amount): Amount {
  return { items: one.items + other.items, bytes: one.bytes + other.bytes };
}

function fits(amount: Amount, within: Amount): boolean {
  return amount.items <= within.items && amount.bytes <= within.bytes;
}
