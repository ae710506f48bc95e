import { lockWebhook, updateWebhook } from '../../storage/webhooks.ts';
import { isRefusal, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Effect } from '../idempotency.ts';
import type { AccountCall } from '../operation.ts';
import { webhookView } from '../schemas/webhook.ts';
import { readWebhookInput, settingsOf } from './webhook-settings.ts';

export async function replaceWebhook(
  dependencies: ApiDependencies,
  { account, id, body }: AccountCall,
): Promise<Outcome | Effect> {
  const input = await readWebhookInput(dependencies, body);
  if (isRefusal(input)) return input;
  return async (db) => {
    const held = await lockWebhook(db, account.id, id);
    if (held === null) return { refused: 'webhookNotFound' };
    const settings = settingsOf(input, held);
    if (input.sandbox) {
      const updatedAt = new Date(dependencies.clock.now());
      return { status: 200, data: webhookView({ ...held, ...settings, updatedAt }, null), sandbox: true };
    }
    const webhook = await updateWebhook(db, account.id, id, settings);
    if (webhook === null) return { refused: 'webhookNotFound' };
    return { status: 200, data: webhookView(webhook, null) };
  };
}
