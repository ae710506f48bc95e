import { randomUUID } from 'node:crypto';
import type { Publishing } from './load.ts';
import { eventName, payloadText } from './payload.ts';
import type { Post } from './post.ts';
import { wallClockMs } from './wall-clock.ts';

/** Makes the requests of one run, with an id of the producer on every event, as producers should give one. */
export function publishRequests({ accountIds, events, payloadBytes, platformKey }: Publishing): {
  /** Null when all events are in a request. */
  next(eventsPerRequest: number): Post | null;
} {
  const run = randomUUID();
  const headers = { 'content-type': 'application/json', 'x-api-key': platformKey };
  let made = 0;
  const eventText = () => {
    const accountId = accountIds[made % accountIds.length];
    return `{"account_id":"${accountId}","id":"${run}-${made++}","event":"${eventName}","payload":${payloadText(payloadBytes, wallClockMs())}}`;
  };
  return {
    next(eventsPerRequest) {
      const count = Math.min(eventsPerRequest, events - made);
      if (count <= 0) return null;
      const texts = Array.from({ length: count }, eventText);
      const body = eventsPerRequest === 1 ? texts.join() : `{"events":[${texts.join()}]}`;
      return { path: '/platform/v1/events', headers, body };
    },
  };
}
