/**
 * The pace of publishing. What is leased when it is published costs less than what has to be claimed later: a process
 * that is as busy as it can be lets the next batch wait until there are slots for it. Only for an instant, and only while
 * slots do become free: publishing never depends on endpoints that answer.
 */
export interface PublishingPace {
  /** How many of the events that wait should be stored now; resolves when it is a good moment. */
  next(eventsWaiting: number): number | Promise<number>;
  /** A batch made so many deliveries. */
  published(events: number, deliveries: number): void;
  /** Slots became free. */
  slotsFreed(): void;
}

export interface PublishingPaceOptions {
  /** Slots that a batch could have now. */
  readonly slots: () => number;
  /** The most that a batch can have. */
  readonly slotsMax: number;
  /** Unix milliseconds. */
  readonly clock: { now(): number };
}

const waitMsMax = 40;
/** No slot freed for so long: whoever holds them takes his time. */
const stalledMs = 40;
/** Of the slots that a batch can have: to wait for more would make the sender idle. */
const enoughShare = 0.5;

export function createPublishingPace({ slots, slotsMax, clock }: PublishingPaceOptions): PublishingPace {
  /** Deliveries of an event, of late. */
  let fanOut = 1;
  let freedAt = Number.NEGATIVE_INFINITY;
  let waiting: { readonly slots: number; readonly end: () => void } | null = null;

  const eventsFor = (free: number) => Math.max(1, Math.floor(free / Math.max(fanOut, 0.1)));

  return {
    next(eventsWaiting) {
      const wanted = Math.min(Math.ceil(eventsWaiting * fanOut), Math.ceil(slotsMax * enoughShare));
      if (slots() >= wanted) return eventsFor(slots());
      if (waiting !== null || clock.now() - freedAt > stalledMs) return Number.POSITIVE_INFINITY;
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting = null;
          resolve(slots() >= wanted ? eventsFor(slots()) : Number.POSITIVE_INFINITY);
        };
        const timer = setTimeout(end, waitMsMax);
        waiting = { slots: wanted, end };
      });
    },
    published(events, deliveries) {
      if (events > 0) fanOut += (deliveries / events - fanOut) * 0.2;
    },
    slotsFreed() {
      freedAt = clock.now();
      if (waiting !== null && slots() >= waiting.slots) waiting.end();
    },
  };
}
