import { judge } from '../../domain/outcome.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { parseResend } from '../../domain/webhook-input.ts';
import { failPendingDelivery } from '../../storage/deliveries.ts';
import { beginResend, bringForward, recordResend } from '../../storage/resends.ts';
import { findWebhookEvent, type WebhookEventDetail } from '../../storage/webhook-events.ts';
import { findSealedSecrets, findWebhook } from '../../storage/webhooks.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { AccountCall } from '../operation.ts';
import type { ResendResult } from '../schemas/webhook-action.ts';

const delivered: ResendResult = { status: 'delivered', message: 'The event was delivered' };
const failed = (message: string): ResendResult => ({ status: 'failed', message });
const broughtForward: ResendResult = { status: 'queued', message: 'The next attempt was brought forward' };
const underWay: ResendResult = { status: 'queued', message: 'An attempt is under way' };

/** A finished delivery is sent once more, outside of any transaction; an unfinished one is sent now instead of later. */
export async function resendWebhookEvent(dependencies: ApiDependencies, call: AccountCall): Promise<Outcome> {
  const { account, body, db, id, eventId } = call;
  const input = parseResend(body);
  if (!input.ok) return invalid(input.error, 'when-several');
  const webhook = await findWebhook(db, account.id, id);
  if (webhook === null) return { refused: 'webhookNotFound' };
  const detail = await findWebhookEvent(db, account.id, id, eventId);
  if (detail === null) return { refused: 'eventNotFound' };
  const { body: text } = detail.event;
  if (text === null) {
    return { refused: 'validationFailed', message: 'The event is past retention and cannot be sent again' };
  }
  if (input.value.sandbox) return { status: 200, data: simulated(detail), sandbox: true };
  const queued = await sendSooner(dependencies, call, webhook);
  if (queued !== null) return { status: 200, data: queued };
  return sendAgain(dependencies, call, webhook, { ...detail.event, body: text });
}

function simulated({ event, nextAttemptAt }: WebhookEventDetail): ResendResult {
  if (event.completedAt !== null) return delivered;
  return nextAttemptAt === null ? underWay : broughtForward;
}

/** Null when it is finished. Asked before the log is: a delivery leaves the queue and never comes back. */
async function sendSooner(
  { onReady }: ApiDependencies,
  { account, db, eventId }: AccountCall,
  webhook: Webhook,
): Promise<ResendResult | null> {
  // It would be given up within seconds: then it can be sent again at once.
  if (!webhook.isActive) await failPendingDelivery(db, webhook.id, eventId);
  const forward = await bringForward(db, { accountId: account.id, webhookId: webhook.id, id: eventId });
  if (forward === null) return null;
  if (forward.state === 'under-way') return underWay;
  onReady(forward.lanes);
  return broughtForward;
}

async function sendAgain(
  { db, sendNow }: ApiDependencies,
  call: AccountCall,
  { id: webhookId, accountId, endpointUrl, timeoutSeconds }: Webhook,
  { id, eventName, body }: { readonly id: string; readonly eventName: string; readonly body: string },
): Promise<Outcome> {
  const key = { accountId, webhookId, id };
  const secrets = await findSealedSecrets(call.db, accountId, webhookId);
  if (secrets === null) return { refused: 'webhookNotFound' };
  const number = await beginResend(call.db, key);
  if (number === null) return { refused: 'eventNotFound' };
  const delivery = {
    id,
    webhookId,
    eventName,
    endpointUrl,
    timeoutSeconds,
    ...secrets,
    attempts: number - 1,
  };
  const { reply, startedAt, durationMs } = await sendNow({ delivery, body });
  const { errorMessage } = judge(reply, { attempts: 0, retryCount: 0 });
  const { statusCode, responseBody } = reply;
  // What was sent is logged, whoever else of the account waits for a turn.
  await recordResend(db, key, { number, startedAt, durationMs, statusCode, responseBody, errorMessage });
  return { status: 200, data: errorMessage === null ? delivered : failed(errorMessage) };
}
