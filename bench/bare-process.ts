import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Client } from 'undici';
import type { BareCalls, BareResult, BareRun } from './bare.ts';
import { openClients, runClosedLoop } from './closed-loop.ts';
import { deliveredText } from './payload.ts';
import type { Post } from './post.ts';
import { answerCalls } from './program.ts';

const key = randomBytes(32);
/** Kept from run to run, as the service keeps its connections. */
let clients: readonly Client[] | null = null;

answerCalls<BareCalls>({ run });

async function run({ origin, payloadBytes, connections, durationMs }: BareRun): Promise<BareResult> {
  const body = deliveredText(payloadBytes);
  clients ??= openClients(origin, connections);
  const startedAt = performance.now();
  let sent = 0;
  await runClosedLoop({
    clients,
    next: () => (performance.now() - startedAt < durationMs ? signed(body) : null),
    judge(statusCode) {
      if (statusCode !== 200) throw new Error(`the receiver answered ${statusCode}`);
      sent++;
      return null;
    },
  });
  return { perSecond: (sent / (performance.now() - startedAt)) * 1000 };
}

/** The headers of Standard Webhooks, which any service like this one has to send. */
function signed(body: string): Post {
  const id = randomUUID();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    path: '/uncounted',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'bare',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}
