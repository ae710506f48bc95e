/** Valid rows in one line each. */
import { randomBytes } from 'node:crypto';
import { bodyTail } from '../../src/domain/body.ts';
import type { NewEvent } from '../../src/domain/event.ts';
import { type EventFilters, subscriptionPatterns } from '../../src/domain/event-type.ts';
import { newId } from '../../src/domain/identifier.ts';
import { createSecretBox } from '../../src/domain/secret-box.ts';
import { newSigningSecret } from '../../src/domain/signing-secret.ts';
import type { Webhook } from '../../src/domain/webhook.ts';
import { insertAccount } from '../../src/storage/accounts.ts';
import type { Queryable } from '../../src/storage/database.ts';
import { insertWebhook } from '../../src/storage/webhooks.ts';

export const testSecretKey = Buffer.alloc(32, 7);
export const secretBox = createSecretBox([testSecretKey], randomBytes);

export async function anAccount(db: Queryable): Promise<string> {
  const id = newId(Date.now());
  await insertAccount(db, id, { type: 'user', name: 'Acme', organizationId: null, email: null });
  return id;
}

export interface WebhookTraits {
  readonly endpointUrl?: string;
  readonly eventTypes?: readonly string[];
  readonly eventFilters?: EventFilters | null;
  readonly retryCount?: number;
  readonly timeoutSeconds?: number;
  readonly secret?: string;
}

export async function aWebhook(
  db: Queryable,
  accountId: string,
  traits: WebhookTraits = {},
): Promise<Webhook> {
  const id = newId(Date.now());
  const eventTypes = traits.eventTypes ?? ['message'];
  const eventFilters = traits.eventFilters ?? null;
  return insertWebhook(db, accountId, {
    id,
    displayName: 'Orders',
    endpointUrl: traits.endpointUrl ?? 'https://example.com/hook',
    eventTypes,
    eventFilters,
    patterns: subscriptionPatterns(eventTypes, eventFilters),
    retryCount: traits.retryCount ?? 3,
    timeoutSeconds: traits.timeoutSeconds ?? 30,
    sealedSecret: secretBox.seal(traits.secret ?? newSigningSecret(randomBytes(32)), `webhook:${id}`),
  });
}

export function anEvent(accountId: string, traits: Partial<Omit<NewEvent, 'accountId'>> = {}): NewEvent {
  const name = traits.name ?? 'message.delivered';
  return {
    id: newId(Date.now()),
    accountId,
    name,
    producerId: null,
    bodyTail: bodyTail({ name, timestamp: new Date(), requestId: null, payload: '{"message_id":"m1"}' }),
    ...traits,
  };
}
