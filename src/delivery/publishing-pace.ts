/**
 * The pace of publishing. What is leased when it is published costs less than what has to be claimed later. So a process
 * that is as busy as it can be takes in no more than it sends: the next batch waits until there are slots for it. Only
 * for an instant, and only while the process or its database is the bottleneck: publishing never waits for endpoints.
 */
import type { Load } from './load.ts';

export interface PublishingPace {
  /** How many of the events that wait should be stored now; resolves when it is a good moment. */
  next(eventsWaiting: number): number | Promise<number>;
  /** A batch made so many deliveries. */
  published(events: number, deliveries: number): void;
  slotsFreed(): void;
}

export interface PublishingPaceOptions {
  /** Slots that a batch could have now. */
  readonly slots: () => number;
  /** The most that a batch can have. */
  readonly slotsMax: number;
  readonly load: Load;
  /** Whether more of what is in flight waits for the database than for endpoints. */
  readonly isDatabaseBehind: () => boolean;
}

const waitMsMax = 250;
/** Of the slots that a batch can have: waiting for more would leave the sender without work. */
const enoughShare = 0.25;

export function createPublishingPace({
  slots,
  slotsMax,
  load,
  isDatabaseBehind,
}: PublishingPaceOptions): PublishingPace {
  /** Deliveries of an event, of late. */
  let fanOut = 1;
  let waiting: { readonly slots: number; readonly end: () => void } | null = null;

  const eventsFor = (free: number) => Math.max(1, Math.floor(free / Math.max(fanOut, 0.1)));

  /** When there are slots for so many, or the time is over. */
  function whenFree(wanted: number): Promise<number> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        waiting = null;
        resolve(slots() >= wanted ? eventsFor(slots()) : Number.POSITIVE_INFINITY);
      };
      const timer = setTimeout(end, waitMsMax);
      waiting = { slots: wanted, end };
    });
  }

  function next(eventsWaiting: number): number | Promise<number> {
    const wanted = Math.min(Math.ceil(eventsWaiting * fanOut), Math.ceil(slotsMax * enoughShare));
    if (slots() >= wanted) return eventsFor(slots());
    if (waiting !== null || !(load.isBusy() || isDatabaseBehind())) return Number.POSITIVE_INFINITY;
    return whenFree(wanted);
  }

  return {
    next: (eventsWaiting) =>
      load.gathered(eventsWaiting * fanOut)?.then(() => next(eventsWaiting)) ?? next(eventsWaiting),
    published(events, deliveries) {
      if (events > 0) fanOut += (deliveries / events - fanOut) * 0.2;
    },
    slotsFreed() {
      if (waiting !== null && slots() >= waiting.slots) waiting.end();
    },
  };
}
