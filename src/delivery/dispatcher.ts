/**
 * Decides what is sent when: leases what is published here while there is room for it, claims what is ready otherwise,
 * and starts both. What is in flight is bounded by its slots; whose turn it is, its ready lanes know.
 */
import type { AttemptOutcome, LeasedDelivery } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';
import { claimReady } from '../storage/claims.ts';
import type { Database } from '../storage/database.ts';
import type { Published } from '../storage/events.ts';
import { releaseLeases } from '../storage/leases.ts';
import type { LeaseOffer } from '../storage/publish-statement.ts';
import { createAlarm } from './alarm.ts';
import { createBreakers } from './breakers.ts';
import { createGates } from './gates.ts';
import type { Load } from './load.ts';
import type { Log } from './log.ts';
import { startPeriodic } from './periodic.ts';
import { createPublishingPace } from './publishing-pace.ts';
import { createReadyLanes } from './ready-lanes.ts';
import { startRenewer } from './renewer.ts';
import { createSlots, type Grant } from './slots.ts';
import { createSweep } from './sweep.ts';

export interface Dispatcher {
  /** These lanes have something ready; null: it is not known which. */
  wake(lanes: readonly Lane[] | null): void;
  /** How many of the events that wait should be stored now; resolves when it is a good moment. */
  paceOfPublishing(eventsWaiting: number): number | Promise<number>;
  /** Keeps slots for what is about to be published; null when there are none. To be given back by `accept`. */
  offer(): LeaseOffer | null;
  /** Starts what was leased by an offer, and gives back the rest of its slots. */
  accept(offer: LeaseOffer, published: Published): void;
  readonly inFlight: number;
  /** Claims no more, waits for what is in flight, at most `graceMs`, and hands the rest back to the queue. */
  stop(graceMs: number): Promise<void>;
}

export interface DispatcherOptions {
  readonly db: Database;
  /** Must not reject. */
  readonly send: (delivery: LeasedDelivery) => Promise<AttemptOutcome>;
  /** Must not reject. */
  readonly record: (outcome: AttemptOutcome) => Promise<void>;
  /** The token of this process. */
  readonly lease: string;
  readonly maxInFlight: number;
  readonly maxInFlightPerWebhook: number;
  readonly load: Load;
  /** Milliseconds, of a clock that is never set: leases are renewed by it. */
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Wake-ups are hints; this is what makes everything that is ready be found. */
const pollMs = 1000;
const claimMax = 256;
/** Of the free slots, for one claim and for one batch that is published. */
const claimedShare = 0.5;
const publishedShare = 0.75;
/** Between a claim and the next where slots run short or little was claimed: few large ones cost less than many small ones. */
const paceMs = 10;
/** Known lanes beyond which only those are added that can be served at once, and nothing is leased at publish. */
const lanesKnownMax = 1000;

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { db, lease, log, clock, maxInFlight: max, maxInFlightPerWebhook: maxPerWebhook } = options;
  const lanes = createReadyLanes();
  const slots = createSlots({ max, maxPerWebhook, clock });
  const gates = createGates(maxPerWebhook);
  const breakers = createBreakers(clock);
  const slotsToPublish = () => Math.ceil(slots.free * publishedShare);
  const pacing = createPublishingPace({
    slots: slotsToPublish,
    slotsMax: Math.ceil(max * publishedShare),
    load: options.load,
    isDatabaseBehind: () => slots.unrecorded > slots.inFlight / 2,
  });
  const sweep = createSweep({ db, intervalMs: pollMs, clock });
  let isStopping = false;
  let isHandedBack = false;
  /** Offers under way: what is leased by them is still to come. */
  let offered = 0;
  let onIdle: (() => void) | null = null;
  const isIdle = () => slots.inFlight === 0 && offered === 0;
  const mayHaveMore = () => lanes.size > 0 || sweep.isWanted || breakers.dueInMs() === 0;

  const claiming = startPeriodic({
    name: 'claim deliveries',
    intervalMs: pollMs,
    work: () => claimOnce().finally(claimWhenDue),
    log,
  });
  const due = createAlarm(claiming.wake);
  const pace = createAlarm(() => mayHaveMore() && claiming.wake());
  const renewing = startRenewer({ db, slots, clock, log });

  async function claimOnce(): Promise<boolean> {
    if (slots.free === 0) return false;
    lanes.refresh(breakers.admit(worthKnowing(await sweep.next())));
    lanes.add(breakers.due());
    const budget = Math.min(claimMax, Math.ceil(slots.free * claimedShare));
    const turns = lanes.pick(budget, sharing());
    if (turns.length === 0) return sweep.isWanted;
    const reserved = slots.reserve(turns.reduce((sum, { size }) => sum + size, 0));
    const claimed = await claimReady(db, { lease, lanes: turns }).finally(() => slots.cancel(reserved));
    lanes.settle(turns, claimed);
    for (const { lane } of turns) {
      if (breakers.isOpen(lane.webhookId)) breakers.hold(lane.webhookId, lanes.take(lane));
    }
    const failing = new Set(turns.flatMap(({ lane }) => (lane.isFailing ? [lane.webhookId] : [])));
    for (const delivery of claimed) start(delivery, failing.has(delivery.webhookId));
    if (sweep.isWanted || (slots.free >= max / 2 && claimed.length >= budget / 2)) return mayHaveMore();
    pace.setIn(paceMs);
    return false;
  }

  /** What the slots grant; of a webhook that keeps failing, one delivery. */
  function sharing(): Grant {
    const grant = slots.sharing();
    const tried = new Set<string>();
    return (lane, wanted) => {
      if (!breakers.isOpen(lane.webhookId)) return grant(lane, wanted);
      if (tried.has(lane.webhookId)) return 0;
      const granted = grant(lane, Math.min(wanted, 1));
      if (granted > 0) tried.add(lane.webhookId);
      return granted;
    };
  }

  /** However many lanes wait for endpoints that hang, one that could be served at once is not left unknown. */
  function worthKnowing(found: readonly Lane[]): readonly Lane[] {
    if (lanes.size < lanesKnownMax) return found;
    const grant = slots.sharing();
    return found.filter((lane) => lanes.has(lane.webhookId) || grant(lane, 1) > 0);
  }

  /** What waits behind a circuit breaker. */
  function claimWhenDue(): void {
    const dueInMs = breakers.dueInMs();
    if (dueInMs !== null) due.setIn(dueInMs);
  }

  function start(delivery: LeasedDelivery, isFailing: boolean): void {
    // Its lease had ended, for want of a database, and was taken anew: what is being sent is not sent a second time.
    if (!slots.take(delivery, isFailing)) return;
    void attempt(delivery).finally(() => {
      slots.release(delivery);
      pacing.slotsFreed();
      claimAfter(delivery);
      endWhenIdle();
    });
  }

  async function attempt(delivery: LeasedDelivery): Promise<void> {
    await gates.enter(delivery.webhookId);
    if (isHandedBack) return;
    const outcome = await options.send(delivery);
    gates.leave(delivery.webhookId);
    slots.answered(delivery);
    breakers.note(delivery.webhookId, outcome.event === 'succeed');
    // Cut off by the end of this process, it is no attempt: whoever claims the delivery makes a whole one.
    if (!isHandedBack) await options.record(outcome);
  }

  /** A slot became free, which may be what others have waited for. */
  function claimAfter({ webhookId }: LeasedDelivery): void {
    if (!mayHaveMore()) return;
    const isWanted = !lanes.has(webhookId) || slots.heldBy(webhookId) <= maxPerWebhook / 2;
    if (isWanted && !slots.isSlow(webhookId) && slots.free >= max / 2) claiming.wake();
    else pace.setIn(paceMs);
  }

  function endWhenIdle(): void {
    if (isIdle()) onIdle?.();
  }

  function idle(graceMs: number): Promise<void> {
    if (isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** @returns how many */
  async function handBack(held: readonly LeasedDelivery[]): Promise<number> {
    if (held.length === 0) return 0;
    try {
      await releaseLeases(db, held);
      return held.length;
    } catch (error) {
      // They come back by themselves, when their leases are over.
      log.warn({ err: error, deliveries: held.length }, 'could not hand deliveries back');
      return 0;
    }
  }

  return {
    wake(found) {
      if (found === null) sweep.request();
      else lanes.add(breakers.admit(worthKnowing(found)));
      claiming.wake();
    },
    paceOfPublishing: pacing.next,
    offer() {
      if (isStopping || lanes.size > lanesKnownMax) return null;
      // Whether a webhook is known to answer, the statement does not see.
      const reserved = slots.reserve(Math.min(slotsToPublish(), slots.freeToAny));
      if (reserved === 0) return null;
      offered++;
      const taken = slots.holdings();
      // What has to queue is not overtaken by what is new.
      for (const webhookId of lanes.webhookIds()) taken.set(webhookId, maxPerWebhook);
      for (const webhookId of breakers.open()) taken.set(webhookId, maxPerWebhook);
      return { lease, slots: reserved, slotsPerWebhook: slots.share, taken };
    },
    accept({ slots: reserved }, { events, leased }) {
      slots.cancel(reserved);
      offered--;
      if (isHandedBack) void handBack(leased);
      else for (const delivery of leased) start(delivery, false);
      endWhenIdle();
      pacing.published(
        events.length,
        events.reduce((sum, { deliveries, duplicate }) => sum + (duplicate ? 0 : deliveries), 0),
      );
    },
    get inFlight() {
      return slots.inFlight;
    },
    async stop(graceMs) {
      const wasStopping = isStopping;
      isStopping = true;
      pace.end();
      due.end();
      const endsAt = clock.now() + graceMs;
      // However long the database takes: what is cut off from then on is no attempt.
      const handingBack = setTimeout(() => {
        isHandedBack = true;
      }, graceMs);
      await claiming.stop();
      await idle(Math.max(0, endsAt - clock.now()));
      await renewing.stop();
      clearTimeout(handingBack);
      isHandedBack = true;
      const handedBack = await handBack(slots.all());
      if (!wasStopping) log.info({ handedBack }, 'stopped delivering');
    },
  };
}
