import type { NewEvent, PublishedEvent } from '../domain/event.ts';
import { createCoalescer } from '../storage/coalescer.ts';
import type { Database } from '../storage/database.ts';
import { publishEvents } from '../storage/events.ts';

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
  /** Called after a commit that made deliveries due. */
  readonly onPublished: (published: readonly PublishedEvent[]) => void;
}

const eventsPerWrite = 256;
const bytesPerWrite = 4 * 1024 * 1024;
const eventsWaitingMax = 20_000;
const bytesWaitingMax = 64 * 1024 * 1024;

export function createPublisher({ db, onPublished }: PublisherOptions): Publisher {
  const coalescer = createCoalescer<NewEvent, PublishedEvent>({
    write: (events) => publishEvents(db, events),
    itemsPerWrite: eventsPerWrite,
    sizeOf: ({ bodyTail }) => bodyTail.length,
    bytesPerWrite,
    // A server can commit two batches at once; the embedded database does one thing at a time.
    writesAtOnce: db.kind === 'server' ? 2 : 1,
    waitingMax: eventsWaitingMax,
    bytesWaitingMax,
  });
  return {
    async publish(events) {
      const published = await coalescer.submit(events);
      onPublished(published);
      return published;
    },
  };
}
