import type { Webhook } from '../../domain/webhook.ts';
import type { AttemptRecord } from '../../storage/delivery-records.ts';
import { findWebhookEvent, type WebhookEventDetail } from '../../storage/webhook-events.ts';
import { findSealedSecrets, findWebhook, type SealedSecrets } from '../../storage/webhooks.ts';
import type { Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { AccountCall } from '../operation.ts';
import { type SentRequest, webhookEventDetailView } from '../schemas/webhook-event-detail.ts';

/** One item of the log, every attempt, and the request that was sent, made anew by the code that sends. */
export async function retrieveWebhookEvent(
  dependencies: ApiDependencies,
  { account, db, id, eventId }: AccountCall,
): Promise<Outcome> {
  const detail = await findWebhookEvent(db, account.id, id, eventId);
  const latest = detail?.attempts.at(-1) ?? null;
  const secrets = await findSealedSecrets(db, account.id, id, latest?.startedAt ?? null);
  // Last of all: a change of the secret since it was read shows in the webhook.
  const webhook = await findWebhook(db, account.id, id);
  if (webhook === null || secrets === null) return { refused: 'webhookNotFound' };
  if (detail === null) return { refused: 'eventNotFound' };
  const request = sentRequest(dependencies, { detail, latest, webhook, secrets });
  return { status: 200, data: webhookEventDetailView(detail, request) };
}

interface Sent {
  readonly detail: WebhookEventDetail;
  readonly latest: AttemptRecord | null;
  readonly webhook: Webhook;
  readonly secrets: SealedSecrets;
}

/** What the latest attempt sent or, before the first, what an attempt of this moment would send. */
function sentRequest(
  { clock, requestOf }: ApiDependencies,
  { detail: { event }, latest, webhook, secrets }: Sent,
): SentRequest {
  const { id: webhookId, endpointUrl, timeoutSeconds, updatedAt } = webhook;
  const { id, eventName, body } = event;
  const attempts = latest === null ? event.attempts : latest.number - 1;
  const delivery = { id, webhookId, eventName, attempts, endpointUrl, timeoutSeconds, ...secrets };
  const startedAt = latest?.startedAt ?? new Date(clock.now());
  const headers = body === null ? null : requestOf({ delivery, body }, startedAt)?.headers;
  return {
    method: 'POST',
    url: endpointUrl,
    headers: headers ?? null,
    body,
    as_sent: latest !== null && (updatedAt === null || updatedAt <= latest.startedAt),
  };
}
