/**
 * Claims due deliveries and starts them: never more than there are free slots, never more for one webhook than its
 * share of them. What is in flight is bounded by this file alone. A webhook's share shrinks with the free slots:
 * the more endpoints hang, the fewer slots each of them holds, and the others find one.
 */
import type { LeasedDelivery } from '../domain/delivery.ts';
import { claimDue, releaseLeases } from '../storage/claims.ts';
import type { Database } from '../storage/database.ts';
import type { Log } from './log.ts';
import { startPeriodic } from './periodic.ts';

export interface Dispatcher {
  /** There may be something due. */
  wake(): void;
  /** There will be something due after this time. */
  wakeIn(milliseconds: number): void;
  readonly inFlight: number;
  /** Claims no more, waits for what is in flight, at most `graceMs`, and hands the rest back to the queue. */
  stop(graceMs: number): Promise<void>;
}

export interface DispatcherOptions {
  readonly db: Database;
  /** Sends and records; must not reject. */
  readonly handle: (delivery: LeasedDelivery) => Promise<void>;
  readonly newLease: () => string;
  readonly maxInFlight: number;
  readonly maxInFlightPerWebhook: number;
  readonly log: Log;
}

/** Wake-ups are hints; this is what makes every due delivery be found. */
const pollMs = 1000;
const claimMax = 256;
/** One claim takes no more than this part of the free slots, and one webhook holds no more than half of that. */
const claimedShare = 0.5;

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { db, handle, newLease, maxInFlight, maxInFlightPerWebhook, log } = options;
  const inFlight = new Map<string, LeasedDelivery>();
  const inFlightByWebhook = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  /** Where the sweep over the webhooks goes on; null: at their beginning. */
  let sweptTo: string | null = null;
  let foundInSweep = false;
  let onIdle: (() => void) | null = null;

  const claiming = startPeriodic({ name: 'claim deliveries', intervalMs: pollMs, work: claimOnce, log });

  async function claimOnce(): Promise<boolean> {
    const free = maxInFlight - inFlight.size;
    if (free <= 0) return false;
    const claim = await claimDue(db, {
      lease: newLease(),
      limit: Math.min(claimMax, Math.ceil(free * claimedShare)),
      perWebhook: perWebhookNow(),
      inFlight: inFlightByWebhook,
      after: sweptTo,
    });
    for (const delivery of claim.deliveries) {
      // Recording took longer than the lease: what is being sent is not sent a second time beside it.
      if (!inFlight.has(delivery.id)) start(delivery);
    }
    foundInSweep ||= claim.deliveries.length > 0;
    sweptTo = claim.sweptTo;
    if (sweptTo !== null) return true;
    // A whole sweep that found nothing is what ends the work: the webhooks it passed first may have something by now.
    const again = foundInSweep;
    foundInSweep = false;
    return again;
  }

  function perWebhookNow(): number {
    const free = maxInFlight - inFlight.size;
    return Math.min(maxInFlightPerWebhook, Math.max(1, Math.floor((free * claimedShare) / 2)));
  }

  function start(delivery: LeasedDelivery): void {
    inFlight.set(delivery.id, delivery);
    inFlightByWebhook.set(delivery.webhookId, (inFlightByWebhook.get(delivery.webhookId) ?? 0) + 1);
    handle(delivery).finally(() => finish(delivery));
  }

  function finish(delivery: LeasedDelivery): void {
    const ofWebhook = inFlightByWebhook.get(delivery.webhookId) ?? 1;
    // Only then can the slot that becomes free have kept something from being claimed.
    const wasFull = inFlight.size >= maxInFlight || ofWebhook >= perWebhookNow();
    inFlight.delete(delivery.id);
    if (ofWebhook > 1) inFlightByWebhook.set(delivery.webhookId, ofWebhook - 1);
    else inFlightByWebhook.delete(delivery.webhookId);
    if (wasFull) claiming.wake();
    if (inFlight.size === 0) onIdle?.();
  }

  async function handBack(held: readonly LeasedDelivery[]): Promise<void> {
    try {
      await releaseLeases(db, held);
    } catch (error) {
      // They come back by themselves, when their leases are over.
      log.warn({ err: error, deliveries: held.length }, 'could not hand deliveries back');
    }
  }

  function idle(graceMs: number): Promise<void> {
    if (inFlight.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    wake: claiming.wake,
    wakeIn(milliseconds) {
      // Longer waits are found by polling, to the second.
      if (milliseconds >= pollMs) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        claiming.wake();
      }, milliseconds);
      timers.add(timer);
    },
    get inFlight() {
      return inFlight.size;
    },
    async stop(graceMs) {
      for (const timer of timers) clearTimeout(timer);
      await claiming.stop();
      await idle(graceMs);
      if (inFlight.size > 0) await handBack([...inFlight.values()]);
    },
  };
}
