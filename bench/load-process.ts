import { closeClients, openClients, runClosedLoop } from './closed-loop.ts';
import type { LoadCalls, Published, PublishingAsFastAsPossible, PublishingAtRate } from './load.ts';
import { runOpenLoop } from './open-loop.ts';
import { percentilesOf } from './percentiles.ts';
import { answerCalls } from './program.ts';
import { publishRequests } from './publish-request.ts';
import { wallClockMs } from './wall-clock.ts';

answerCalls<LoadCalls>({ publishAsFastAsPossible, publishAtRate });

async function publishAsFastAsPossible(publishing: PublishingAsFastAsPossible): Promise<Published> {
  const requests = publishRequests(publishing);
  const answersMs: number[] = [];
  let refusals = 0;
  const clients = publishing.origins.flatMap((origin) =>
    openClients(origin, Math.ceil(publishing.connections / publishing.origins.length)),
  );
  const startedAt = wallClockMs();
  await runClosedLoop({
    clients,
    next: () => requests.next(publishing.eventsPerRequest),
    judge(statusCode, retryAfterSeconds, durationMs) {
      if (statusCode === 503) {
        refusals++;
        return retryAfterSeconds * 1000;
      }
      if (statusCode !== 202) throw new Error(`publishing was answered ${statusCode}`);
      answersMs.push(durationMs);
      return null;
    },
  });
  const endedAt = wallClockMs();
  await closeClients(clients);
  return { startedAt, endedAt, refusals, answers: percentilesOf(answersMs) };
}

async function publishAtRate(publishing: PublishingAtRate): Promise<Published> {
  const requests = publishRequests(publishing);
  const answersMs: number[] = [];
  const startedAt = wallClockMs();
  await runOpenLoop({
    origin: publishing.origin,
    perSecond: publishing.eventsPerSecond,
    next: () => requests.next(1),
    onAnswer(statusCode, durationMs) {
      if (statusCode !== 202) throw new Error(`publishing was answered ${statusCode}`);
      answersMs.push(durationMs);
    },
  });
  return { startedAt, endedAt: wallClockMs(), refusals: 0, answers: percentilesOf(answersMs) };
}
