import { newId } from '../../domain/identifier.ts';
import { newSigningSecret, signingSecretBytes } from '../../domain/signing-secret.ts';
import { retryCountRange, timeoutSecondsRange, type Webhook } from '../../domain/webhook.ts';
import { insertWebhook } from '../../storage/webhooks.ts';
import { isRefusal, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Effect } from '../idempotency.ts';
import type { AccountCall } from '../operation.ts';
import { webhookView } from '../schemas/webhook.ts';
import { readWebhookInput, settingsOf } from './webhook-settings.ts';

const defaults = {
  eventFilters: null,
  retryCount: retryCountRange.default,
  timeoutSeconds: timeoutSecondsRange.default,
};

export async function createWebhook(
  dependencies: ApiDependencies,
  { account, body }: AccountCall,
): Promise<Outcome | Effect> {
  const input = await readWebhookInput(dependencies, body);
  if (isRefusal(input)) return input;
  const { clock, random, secretBox } = dependencies;
  const id = newId(clock.now());
  const secret = newSigningSecret(random.bytes(signingSecretBytes));
  const settings = settingsOf(input, defaults);
  if (input.sandbox) {
    const webhook: Webhook = {
      ...untouched,
      ...settings,
      id,
      accountId: account.id,
      createdAt: new Date(clock.now()),
    };
    return { status: 201, data: webhookView(webhook, secret), sandbox: true };
  }
  const sealedSecret = secretBox.seal(secret, `webhook:${id}`);
  return async (db) => {
    const webhook = await insertWebhook(db, account.id, { ...settings, id, sealedSecret });
    return { status: 201, data: webhookView(webhook, secret) };
  };
}

/** A webhook that nothing has happened to yet. */
const untouched = {
  isActive: true,
  lastDeliveryAttemptAt: null,
  lastSuccessfulDeliveryAt: null,
  consecutiveFailures: 0,
  updatedAt: null,
};
