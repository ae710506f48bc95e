/**
 * The lanes that are known to have something ready, and whose turn it is: accounts take turns, and within an account its
 * lanes do. A lane is forgotten when it gave less than it was asked for; the next sweep finds it again.
 */
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';
import type { LaneClaim } from '../storage/claims.ts';
import { lowestUuid } from '../storage/lanes.ts';
import type { Grant } from './slots.ts';

export interface ReadyLanes {
  readonly size: number;
  add(lanes: readonly Lane[]): void;
  /** As `add`, of lanes that were found in the database: they are read from their beginning again. */
  refresh(lanes: readonly Lane[]): void;
  has(webhookId: string): boolean;
  /** Forgets the lanes of this one's webhook, and gives them. */
  take(lane: Lane): Lane[];
  /** Shares `budget` out, in turns, as far as each lane is granted it. */
  pick(budget: number, grant: Grant): Turn[];
  /** What came of a turn. */
  settle(turns: readonly Turn[], claimed: readonly LeasedDelivery[]): void;
  webhookIds(): Iterable<string>;
}

export interface Turn extends LaneClaim {
  readonly lane: Lane;
}

interface Entry {
  /** As it was found last. */
  lane: Lane;
  /**
   * The delivery that was claimed last: what stood before it has left the queue, but not yet its index. Going on from
   * here spares every claim the way past it.
   */
  after: string | null;
}

/** Lanes asked in one claim. */
const turnsMax = 256;
/** Beyond it the lane that has waited longest for its turn makes room, and is left to a later sweep. About 300 bytes each. */
const lanesMax = 10_000;

export function createReadyLanes(): ReadyLanes {
  const accounts = new Map<string, Map<string, Entry>>();
  const webhooks = new Map<string, number>();
  let size = 0;

  function put(lane: Lane, after: string | null): void {
    const lanes = accounts.get(lane.accountId) ?? new Map<string, Entry>();
    const known = lanes.get(keyOf(lane));
    if (known !== undefined) {
      known.lane = lane;
      known.after = after ?? known.after;
      return;
    }
    if (size >= lanesMax) dropFirst();
    accounts.set(lane.accountId, lanes);
    lanes.set(keyOf(lane), { lane, after });
    webhooks.set(lane.webhookId, (webhooks.get(lane.webhookId) ?? 0) + 1);
    size++;
  }

  function drop(lane: Lane): void {
    const lanes = accounts.get(lane.accountId);
    if (lanes?.delete(keyOf(lane)) !== true) return;
    size--;
    if (lanes.size === 0) accounts.delete(lane.accountId);
    const left = (webhooks.get(lane.webhookId) ?? 1) - 1;
    if (left > 0) webhooks.set(lane.webhookId, left);
    else webhooks.delete(lane.webhookId);
  }

  function dropFirst(): void {
    const [lanes] = accounts.values();
    const [first] = lanes?.values() ?? [];
    if (first !== undefined) drop(first.lane);
  }

  function pickOf(lanes: Map<string, Entry>, budget: number, grant: Grant): Turn[] {
    const turns: Turn[] = [];
    let left = budget;
    let lanesLeft = lanes.size;
    for (const { lane, after } of lanes.values()) {
      if (left === 0 || turns.length === turnsMax) break;
      const size = grant(lane, Math.ceil(left / lanesLeft--));
      if (size <= 0) continue;
      left -= size;
      turns.push({ lane, webhookId: lane.webhookId, isRetry: lane.isRetry, size, after });
    }
    // To the end of their line; those that got one more than others behind these.
    for (const { lane } of turns.toSorted((a, b) => a.size - b.size)) toEnd(lanes, keyOf(lane));
    return turns;
  }

  return {
    get size() {
      return size;
    },
    add(lanes) {
      for (const lane of lanes) put(lane, null);
    },
    refresh(lanes) {
      for (const lane of lanes) put(lane, lowestUuid);
    },
    has: (webhookId) => webhooks.has(webhookId),
    take({ accountId, webhookId }) {
      const lanes = accounts.get(accountId);
      const taken = [false, true].flatMap((isRetry) => lanes?.get(keyOf({ webhookId, isRetry }))?.lane ?? []);
      for (const lane of taken) drop(lane);
      return taken;
    },
    webhookIds: () => webhooks.keys(),
    pick(budget, grant) {
      const perAccount = Math.max(1, Math.floor(budget / Math.max(1, accounts.size)));
      const turns: Turn[] = [];
      let left = budget;
      for (const [accountId, lanes] of [...accounts]) {
        if (left === 0 || turns.length >= turnsMax) break;
        const picked = pickOf(lanes, Math.min(perAccount, left), grant);
        left -= picked.reduce((sum, { size: taken }) => sum + taken, 0);
        turns.push(...picked);
        if (picked.length > 0) toEnd(accounts, accountId);
      }
      return turns;
    },
    settle(turns, claimed) {
      const counts = new Map<string, number>();
      const latest = new Map<string, string>();
      for (const { id, webhookId, attempts } of claimed) {
        const key = keyOf({ webhookId, isRetry: attempts > 0 });
        counts.set(key, (counts.get(key) ?? 0) + 1);
        if (id > (latest.get(key) ?? '')) latest.set(key, id);
      }
      for (const { lane, size: asked } of turns) {
        const entry = accounts.get(lane.accountId)?.get(keyOf(lane));
        if ((counts.get(keyOf(lane)) ?? 0) < asked) drop(lane);
        else if (entry === undefined) put(lane, latest.get(keyOf(lane)) ?? null);
        else entry.after = latest.get(keyOf(lane)) ?? entry.after;
      }
    },
  };
}

function toEnd<Value>(line: Map<string, Value>, key: string): void {
  const value = line.get(key);
  if (value === undefined) return;
  line.delete(key);
  line.set(key, value);
}

function keyOf({ webhookId, isRetry }: Pick<Lane, 'webhookId' | 'isRetry'>): string {
  return isRetry ? `${webhookId} retries` : webhookId;
}
