import { bodyTail, deliveredBody } from '../../domain/body.ts';
import { canonicalName, fieldFor, parentOf } from '../../domain/event-type.ts';
import { newId } from '../../domain/identifier.ts';
import { judge } from '../../domain/outcome.ts';
import { samplePayload } from '../../domain/sample-payload.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { parseTest } from '../../domain/webhook-input.ts';
import { recordTestDelivery } from '../../storage/test-deliveries.ts';
import { findSealedSecrets, findWebhook, type SealedSecrets } from '../../storage/webhooks.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { AccountCall } from '../operation.ts';

const delivered = { success: true, message: 'Test event delivered successfully' };

/** One real signed POST, outside of any transaction: a slow receiver must not hold a database connection. */
export async function testWebhook(
  dependencies: ApiDependencies,
  { account, body, db, id }: AccountCall,
): Promise<Outcome> {
  const input = parseTest(body, await dependencies.catalogue.all());
  if (!input.ok) return invalid(input.error, 'when-several');
  const webhook = await findWebhook(db, account.id, id);
  if (webhook === null) return { refused: 'webhookNotFound' };
  if (input.value.sandbox) return { status: 200, data: delivered, sandbox: true };
  const secrets = await findSealedSecrets(db, account.id, id);
  if (secrets === null) return { refused: 'webhookNotFound' };

  const eventName = canonicalName(input.value.eventType);
  // What was sent is logged, whoever else of the account waits for a turn.
  const { deliveryId, reason } = await send(dependencies, webhook, secrets, eventName);
  return {
    status: 200,
    data: reason === null ? delivered : { success: false, message: reason },
    // What was sent and answered is found in the log by it.
    headers: { 'X-Webhook-Event-Id': deliveryId },
  };
}

interface SentTest {
  readonly deliveryId: string;
  /** Why it was not delivered; null when it was. */
  readonly reason: string | null;
}

/** Sends and logs. */
async function send(
  { clock, db, sendNow }: ApiDependencies,
  webhook: Webhook,
  secrets: SealedSecrets,
  eventName: string,
): Promise<SentTest> {
  const nowMs = clock.now();
  const deliveryId = newId(nowMs);
  const field = fieldFor(parentOf(eventName), webhook.eventTypes);
  const payload = JSON.stringify(samplePayload(eventName));
  const tail = bodyTail({ name: eventName, timestamp: new Date(nowMs), requestId: null, payload });
  const { id: webhookId, endpointUrl, timeoutSeconds } = webhook;
  const { reply, startedAt, durationMs } = await sendNow({
    delivery: { id: deliveryId, webhookId, endpointUrl, timeoutSeconds, ...secrets, eventName, attempts: 0 },
    body: deliveredBody(field, tail),
  });
  const { errorMessage } = judge(reply, { attempts: 0, retryCount: 0 });
  await recordTestDelivery(db, webhook.accountId, {
    webhookId,
    deliveryId,
    eventId: newId(nowMs),
    eventName,
    field,
    bodyTail: tail,
    startedAt,
    durationMs,
    statusCode: reply.statusCode,
    responseBody: reply.responseBody,
    errorMessage,
  });
  return { deliveryId, reason: errorMessage };
}
