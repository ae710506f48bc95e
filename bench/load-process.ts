import { closeClients, openClients, runClosedLoop } from './closed-loop.ts';
import type { LoadCalls, Published, PublishingAsFastAsPossible, PublishingAtRate } from './load.ts';
import { runOpenLoop } from './open-loop.ts';
import { percentilesOf } from './percentiles.ts';
import type { Judge } from './post.ts';
import { answerCalls } from './program.ts';
import { publishRequests } from './publish-request.ts';
import { wallClockMs } from './wall-clock.ts';

answerCalls<LoadCalls>({ publishAsFastAsPossible, publishAtRate });

async function publishAsFastAsPossible(publishing: PublishingAsFastAsPossible): Promise<Published> {
  const { origins, connections, eventsPerRequest } = publishing;
  const requests = publishRequests(publishing);
  const clients = origins.flatMap((origin) => openClients(origin, Math.ceil(connections / origins.length)));
  const tally = createTally();
  const startedAt = wallClockMs();
  await runClosedLoop({ clients, next: () => requests.next(eventsPerRequest), judge: tally.judge });
  await closeClients(clients);
  return { startedAt, ...tally.summary() };
}

async function publishAtRate(publishing: PublishingAtRate): Promise<Published> {
  const { origin, eventsPerSecond } = publishing;
  const requests = publishRequests(publishing);
  const tally = createTally();
  const startedAt = wallClockMs();
  const next = () => requests.next(1);
  await runOpenLoop({ origin, perSecond: eventsPerSecond, next, judge: tally.judge });
  return { startedAt, ...tally.summary() };
}

/** A request that is refused because the service is overloaded is sent again when it says, as a platform has to. */
function createTally(): { judge: Judge; summary(): Pick<Published, 'refusals' | 'answers'> } {
  const answersMs: number[] = [];
  let refusals = 0;
  return {
    judge(statusCode, retryAfterSeconds, durationMs) {
      if (statusCode === 503) {
        refusals++;
        return retryAfterSeconds * 1000;
      }
      if (statusCode !== 202) throw new Error(`publishing was answered ${statusCode}`);
      answersMs.push(durationMs);
      return null;
    },
    summary: () => ({ refusals, answers: percentilesOf(answersMs) }),
  };
}
