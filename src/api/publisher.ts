import type { NewEvent, PublishedEvent } from '../domain/event.ts';
import { createCoalescer } from '../storage/coalescer.ts';
import type { Database } from '../storage/database.ts';
import { type Published, publishEvents } from '../storage/events.ts';
import type { LeaseOffer } from '../storage/publish-statement.ts';

/** Publishes what many requests bring in few statements. A 202 follows the commit, never the other way round. */
export interface Publisher {
  /**
   * All of them or none; one answer per event, in their order, after the commit.
   * @throws {DatabaseUnavailable} when nothing was stored, {@link Overloaded} when too much waits already
   */
  publish(events: readonly NewEvent[]): Promise<PublishedEvent[]>;
}

export interface PublisherOptions {
  readonly db: Database;
  /** How many of the events that wait to store now; resolves when it is a good moment for that. */
  readonly pace: (eventsWaiting: number) => number | Promise<number>;
  /** What this process would send at once; null: nothing. */
  readonly offer: () => LeaseOffer | null;
  /** Called after each commit; after a failure with nothing, so that the offer is given back. */
  readonly onPublished: (published: Published, offer: LeaseOffer | null) => void;
}

const eventsPerWrite = 256;
const bytesPerWrite = 4 * 1024 * 1024;
const eventsWaitingMax = 20_000;
const bytesWaitingMax = 64 * 1024 * 1024;

export function createPublisher({ db, pace, offer: makeOffer, onPublished }: PublisherOptions): Publisher {
  const coalescer = createCoalescer<NewEvent, PublishedEvent>({
    write,
    itemsPerWrite: eventsPerWrite,
    pace,
    sizeOf: ({ bodyTail }) => bodyTail.length,
    bytesPerWrite,
    // What arrives meanwhile goes out together: two statements at once were each half as large, and cost a fifth more CPU.
    writesAtOnce: 1,
    waitingMax: eventsWaitingMax,
    bytesWaitingMax,
    // A request may bring events of several accounts, which stay together: it counts as its first one's.
    ownerOf: ([first]) => first?.accountId ?? null,
  });

  async function write(events: readonly NewEvent[]): Promise<readonly PublishedEvent[]> {
    const offer = makeOffer();
    let published: Published = { events: [], leased: [], ready: [] };
    try {
      published = await publishEvents(db, events, offer);
      return published.events;
    } finally {
      onPublished(published, offer);
    }
  }

  return { publish: coalescer.submit };
}
