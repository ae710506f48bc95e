/**
 * The slots of a process: what it may hold at the same time, and how much of that one webhook may hold. A webhook's share
 * shrinks with the free slots. What is doubtful (a retry, a webhook that fails or answers slowly) gets half of all
 * slots at most, and together with webhooks that have not answered this process yet three quarters: however many
 * endpoints hang, those that are known to answer find a slot.
 */
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';

export interface Slots {
  readonly free: number;
  /** Taken by deliveries; not counting what is reserved. */
  readonly inFlight: number;
  /** Of these, answered and waiting for the database. */
  readonly unrecorded: number;
  /** Shares out what is free, lane by lane: what one is granted is less for the next. Takes nothing yet. */
  sharing(): Grant;
  /** What one webhook may hold now. */
  readonly share: number;
  /** What may be taken without knowing by whom. */
  readonly freeToAny: number;
  /** Its attempts take long, of late. */
  isSlow(webhookId: string): boolean;
  /** Held for this webhook and not answered yet. */
  heldBy(webhookId: string): number;
  /** The same by webhook; one that is slow holds all it may. */
  holdings(): Map<string, number>;
  /** Keeps slots free for what is about to be leased; gives how many. */
  reserve(count: number): number;
  cancel(reserved: number): void;
  /** False when the delivery has one already. */
  take(delivery: LeasedDelivery, isFailing: boolean): boolean;
  release(delivery: LeasedDelivery): void;
  /** Its endpoint has answered, or will not. */
  answered(delivery: LeasedDelivery): void;
  /** Notes which webhooks are slow, by what has not been answered yet. */
  noteSlow(): void;
  /** Those whose leases began so long ago, or earlier. */
  leasedFor(milliseconds: number): LeasedDelivery[];
  renewed(deliveries: readonly LeasedDelivery[], at: number): void;
  all(): LeasedDelivery[];
}

/** How many of `wanted` this lane may take. */
export type Grant = (lane: Pick<Lane, 'webhookId' | 'isRetry' | 'isFailing'>, wanted: number) => number;

/** Quick: its latest answer was. New: it has not answered this process yet, or not for long. */
type Trust = 'quick' | 'new' | 'doubtful';

export interface SlotLimits {
  readonly max: number;
  readonly maxPerWebhook: number;
  /** Milliseconds, of a clock that is never set. */
  readonly clock: { now(): number };
}

/** An attempt that takes longer makes its webhook a slow one, until it answers quickly again or this time has passed. */
const slowMs = 1000;
const slowForMs = 60_000;
const doubtfulShare = 0.5;
/** In one claim: slow endpoints that are sent to together answer together, again and again, and delay others each time. */
const doubtfulAtOnce = 16;
/** Of all slots, for what is doubtful and what is new. */
const unsureShare = 0.75;
/** Webhooks that are remembered as quick, and as many again that were so before; the others are new. About 100 bytes each. */
const quickMax = 10_000;
/** Of the free slots, for one webhook. */
const webhookShare = 0.25;

interface Holding {
  readonly delivery: LeasedDelivery;
  readonly since: number;
  leasedAt: number;
  trust: Trust;
  isAnswered: boolean;
}

export function createSlots({ max, maxPerWebhook, clock }: SlotLimits): Slots {
  const held = new Map<string, Holding>();
  const heldByWebhook = new Map<string, number>();
  const slowUntil = new Map<string, number>();
  let quick = new Set<string>();
  let quickBefore = new Set<string>();
  const doubtfulMax = Math.max(1, Math.floor(max * doubtfulShare));
  const unsureMax = Math.max(1, Math.floor(max * unsureShare));
  const heldOf: Record<Trust, number> = { quick: 0, new: 0, doubtful: 0 };
  let reserved = 0;
  let unrecorded = 0;

  const free = () => Math.max(0, max - held.size - reserved);
  const freeToUnsure = () => Math.min(free(), unsureMax - heldOf.new - heldOf.doubtful - reserved);
  const freeToDoubtful = () => Math.min(freeToUnsure(), doubtfulMax - heldOf.doubtful);
  const shareOf = (slots: number) => Math.min(maxPerWebhook, Math.max(1, Math.floor(slots * webhookShare)));
  const isSlow = (webhookId: string) => (slowUntil.get(webhookId) ?? 0) > clock.now();

  function trustIn(webhookId: string): Trust {
    if (isSlow(webhookId)) return 'doubtful';
    return quick.has(webhookId) || quickBefore.has(webhookId) ? 'quick' : 'new';
  }

  function forgetOf({ delivery: { webhookId } }: Holding): void {
    const left = (heldByWebhook.get(webhookId) ?? 1) - 1;
    if (left > 0) heldByWebhook.set(webhookId, left);
    else heldByWebhook.delete(webhookId);
  }

  function judge(holding: Holding, trust: Trust): void {
    heldOf[holding.trust]--;
    holding.trust = trust;
    heldOf[trust]++;
  }

  function markQuick(answered: Holding): void {
    const { webhookId } = answered.delivery;
    slowUntil.delete(webhookId);
    if (quick.has(webhookId)) return;
    if (quick.size >= quickMax) {
      quickBefore = quick;
      quick = new Set();
    }
    quick.add(webhookId);
    if (answered.trust === 'new') judge(answered, 'quick');
    // Of many webhooks with one delivery each, none is looked through all that is held.
    if (!heldByWebhook.has(webhookId)) return;
    for (const holding of held.values())
      if (holding.trust === 'new' && holding.delivery.webhookId === webhookId) judge(holding, 'quick');
  }

  function markSlow(webhookId: string): void {
    quick.delete(webhookId);
    quickBefore.delete(webhookId);
    slowUntil.set(webhookId, clock.now() + slowForMs);
  }

  return {
    get free() {
      return free();
    },
    get inFlight() {
      return held.size;
    },
    get unrecorded() {
      return unrecorded;
    },
    get share() {
      return shareOf(free());
    },
    get freeToAny() {
      return Math.max(0, freeToUnsure());
    },
    sharing() {
      const grantedTo = new Map<string, number>();
      const granted: Record<Trust, number> = { quick: 0, new: 0, doubtful: 0 };
      const roomFor = (trust: Trust) => {
        const left = free() - granted.quick - granted.new - granted.doubtful;
        if (trust === 'quick') return left;
        const leftToUnsure = Math.min(left, freeToUnsure() - granted.new - granted.doubtful);
        return trust === 'new' ? leftToUnsure : Math.min(leftToUnsure, freeToDoubtful() - granted.doubtful);
      };
      return ({ webhookId, isRetry, isFailing }, wanted) => {
        const trust = isRetry || isFailing ? 'doubtful' : trustIn(webhookId);
        const room = roomFor(trust);
        const grantedBefore = grantedTo.get(webhookId) ?? 0;
        const share =
          shareOf(trust === 'quick' ? free() : room) - (heldByWebhook.get(webhookId) ?? 0) - grantedBefore;
        const atOnce = trust === 'doubtful' ? doubtfulAtOnce - granted.doubtful : wanted;
        const size = Math.max(0, Math.min(wanted, room, share, atOnce));
        grantedTo.set(webhookId, grantedBefore + size);
        granted[trust] += size;
        return size;
      };
    },
    isSlow,
    heldBy: (webhookId) => heldByWebhook.get(webhookId) ?? 0,
    holdings() {
      const holdings = new Map(heldByWebhook);
      for (const webhookId of slowUntil.keys()) {
        if (isSlow(webhookId)) holdings.set(webhookId, maxPerWebhook);
      }
      return holdings;
    },
    reserve(count) {
      const granted = Math.min(count, free());
      reserved += granted;
      return granted;
    },
    cancel(count) {
      reserved -= count;
    },
    take(delivery, isFailing) {
      const { id, webhookId, attempts } = delivery;
      if (held.has(id)) return false;
      const trust = isFailing || attempts > 0 ? 'doubtful' : trustIn(webhookId);
      const now = clock.now();
      held.set(id, { delivery, since: now, leasedAt: now, trust, isAnswered: false });
      heldOf[trust]++;
      heldByWebhook.set(webhookId, (heldByWebhook.get(webhookId) ?? 0) + 1);
      return true;
    },
    release({ id }) {
      const holding = held.get(id);
      if (holding === undefined) return;
      held.delete(id);
      heldOf[holding.trust]--;
      if (holding.isAnswered) unrecorded--;
      else forgetOf(holding);
    },
    answered({ id, webhookId }) {
      const holding = held.get(id);
      if (holding === undefined) return;
      holding.isAnswered = true;
      unrecorded++;
      forgetOf(holding);
      if (clock.now() - holding.since < slowMs) markQuick(holding);
      else markSlow(webhookId);
    },
    noteSlow() {
      const now = clock.now();
      for (const { delivery, since, isAnswered } of held.values()) {
        if (!isAnswered && now - since > slowMs) markSlow(delivery.webhookId);
      }
      for (const [webhookId, until] of slowUntil) if (until <= now) slowUntil.delete(webhookId);
      for (const holding of held.values()) {
        if (isSlow(holding.delivery.webhookId)) judge(holding, 'doubtful');
      }
    },
    leasedFor(milliseconds) {
      const now = clock.now();
      return [...held.values()]
        .filter(({ leasedAt }) => now - leasedAt >= milliseconds)
        .map(({ delivery }) => delivery);
    },
    renewed(deliveries, at) {
      for (const { id } of deliveries) {
        const holding = held.get(id);
        if (holding !== undefined) holding.leasedAt = at;
      }
    },
    all: () => [...held.values()].map(({ delivery }) => delivery),
  };
}
