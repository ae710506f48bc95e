/**
 * The slots of a process: what it may hold at the same time, and how much of that one webhook may hold. A webhook's share
 * shrinks with the free slots. What is doubtful (a retry, a webhook that fails or answers slowly) gets half of all
 * slots at most: however many endpoints hang, those that answer find a slot.
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
  /** What has been held for so long; notes which webhooks are slow. */
  heldLongerThan(milliseconds: number): LeasedDelivery[];
  all(): LeasedDelivery[];
}

/** How many of `wanted` this lane may take. */
export type Grant = (lane: Pick<Lane, 'webhookId' | 'isRetry' | 'isFailing'>, wanted: number) => number;

export interface SlotLimits {
  readonly max: number;
  readonly maxPerWebhook: number;
  /** Unix milliseconds. */
  readonly clock: { now(): number };
}

/** An attempt that takes longer makes its webhook a slow one, until it answers quickly again or this time has passed. */
const slowMs = 1000;
const slowForMs = 60_000;
const doubtfulShare = 0.5;
/** Of the free slots, for one webhook. */
const webhookShare = 0.25;

interface Holding {
  readonly delivery: LeasedDelivery;
  readonly since: number;
  isDoubtful: boolean;
  isAnswered: boolean;
}

export function createSlots({ max, maxPerWebhook, clock }: SlotLimits): Slots {
  const held = new Map<string, Holding>();
  const heldByWebhook = new Map<string, number>();
  const slowUntil = new Map<string, number>();
  const doubtfulMax = Math.max(1, Math.floor(max * doubtfulShare));
  let reserved = 0;
  let doubtful = 0;
  let unrecorded = 0;

  const free = () => Math.max(0, max - held.size - reserved);
  const shareOf = (slots: number) => Math.min(maxPerWebhook, Math.max(1, Math.floor(slots * webhookShare)));
  const isSlow = (webhookId: string) => (slowUntil.get(webhookId) ?? 0) > clock.now();

  function forgetOf({ delivery: { webhookId } }: Holding): void {
    const left = (heldByWebhook.get(webhookId) ?? 1) - 1;
    if (left > 0) heldByWebhook.set(webhookId, left);
    else heldByWebhook.delete(webhookId);
  }

  function markDoubtful(holding: Holding): void {
    if (holding.isDoubtful) return;
    holding.isDoubtful = true;
    doubtful++;
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
    sharing() {
      const grantedTo = new Map<string, number>();
      let granted = 0;
      let grantedDoubtful = 0;
      return ({ webhookId, isRetry, isFailing }, wanted) => {
        const isDoubtful = isRetry || isFailing || isSlow(webhookId);
        const left = free() - granted;
        const mayTake = isDoubtful ? Math.min(left, doubtfulMax - doubtful - grantedDoubtful) : left;
        const grantedBefore = grantedTo.get(webhookId) ?? 0;
        const share =
          shareOf(isDoubtful ? mayTake : free()) - (heldByWebhook.get(webhookId) ?? 0) - grantedBefore;
        const size = Math.max(0, Math.min(wanted, mayTake, share));
        grantedTo.set(webhookId, grantedBefore + size);
        granted += size;
        if (isDoubtful) grantedDoubtful += size;
        return size;
      };
    },
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
      if (held.has(delivery.id)) return false;
      const holding = { delivery, since: clock.now(), isDoubtful: false, isAnswered: false };
      held.set(delivery.id, holding);
      heldByWebhook.set(delivery.webhookId, (heldByWebhook.get(delivery.webhookId) ?? 0) + 1);
      if (isFailing || delivery.attempts > 0 || isSlow(delivery.webhookId)) markDoubtful(holding);
      return true;
    },
    release({ id }) {
      const holding = held.get(id);
      if (holding === undefined) return;
      held.delete(id);
      if (holding.isDoubtful) doubtful--;
      if (holding.isAnswered) unrecorded--;
      else forgetOf(holding);
    },
    answered({ id, webhookId }) {
      const holding = held.get(id);
      if (holding === undefined) return;
      holding.isAnswered = true;
      unrecorded++;
      forgetOf(holding);
      if (clock.now() - holding.since < slowMs) slowUntil.delete(webhookId);
      else slowUntil.set(webhookId, clock.now() + slowForMs);
    },
    heldLongerThan(milliseconds) {
      const now = clock.now();
      for (const { delivery, since, isAnswered } of held.values()) {
        if (!isAnswered && now - since > slowMs) slowUntil.set(delivery.webhookId, now + slowForMs);
      }
      for (const [webhookId, until] of slowUntil) if (until <= now) slowUntil.delete(webhookId);
      for (const holding of held.values()) if (isSlow(holding.delivery.webhookId)) markDoubtful(holding);
      return [...held.values()]
        .filter(({ since }) => now - since >= milliseconds)
        .map(({ delivery }) => delivery);
    },
    all: () => [...held.values()].map(({ delivery }) => delivery),
  };
}
