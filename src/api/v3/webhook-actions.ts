import { newSigningSecret, signingSecretBytes } from '../../domain/signing-secret.ts';
import { parseRotate, parseToggle } from '../../domain/webhook-input.ts';
import { findWebhook, rotateWebhookSecret, setWebhookActive } from '../../storage/webhooks.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Effect } from '../idempotency.ts';
import type { AccountCall, AccountOperation } from '../operation.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { reference } from '../schemas/shared.ts';
import { toggleBodySchema, webhookSchema, webhookView } from '../schemas/webhook.ts';
import {
  rotateBodySchema,
  rotatedSecretSchema,
  testBodySchema,
  testResultHeaders,
  testResultSchema,
} from '../schemas/webhook-action.ts';
import { testWebhook } from './test-webhook.ts';

const tag = 'Webhooks';

export function webhookActionOperations(dependencies: ApiDependencies): readonly AccountOperation[] {
  return [
    {
      method: 'PATCH',
      url: '/v3/webhooks/:id/toggle-status',
      doing: 'updating the webhook',
      described: {
        tag,
        operationId: 'toggleWebhookStatus',
        summary: 'Activate or deactivate a webhook',
        params: idParamsSchema,
        body: toggleBodySchema,
        bodyExample: { is_active: true },
        sdkMethod: 'webhooks.toggleStatus',
        success: { status: 200, data: reference(webhookSchema) },
        errors: ['webhookNotFound'],
      },
      handle: async (call) => toggle(dependencies, call),
    },
    {
      method: 'POST',
      url: '/v3/webhooks/:id/rotate-secret',
      doing: 'rotating the secret of the webhook',
      bucket: 'rotate',
      described: {
        tag,
        operationId: 'rotateWebhookSecret',
        summary: 'Replace the signing secret',
        description: 'The old secret is dead at once, unless overlap_seconds is given.',
        params: idParamsSchema,
        body: rotateBodySchema,
        sdkMethod: 'webhooks.rotateSecret',
        success: { status: 200, data: rotatedSecretSchema },
        errors: ['webhookNotFound'],
      },
      handle: async (call) => rotate(dependencies, call),
    },
    {
      method: 'POST',
      url: '/v3/webhooks/:id/test',
      doing: 'testing the webhook',
      bucket: 'test',
      described: {
        tag,
        operationId: 'testWebhook',
        summary: 'Send one signed test event at once',
        params: idParamsSchema,
        body: testBodySchema,
        bodyExample: { event_type: 'message.delivered' },
        sdkMethod: 'webhooks.test',
        success: { status: 200, data: testResultSchema, headers: testResultHeaders },
        errors: ['webhookNotFound'],
      },
      handle: (call) => testWebhook(dependencies, call),
    },
  ];
}

function toggle(dependencies: ApiDependencies, { account, id, body }: AccountCall): Outcome | Effect {
  const input = parseToggle(body);
  if (!input.ok) return invalid(input.error, 'when-several');
  const { isActive, sandbox } = input.value;
  return async (db) => {
    if (sandbox) {
      const held = await findWebhook(db, account.id, id);
      if (held === null) return { refused: 'webhookNotFound' };
      const consecutiveFailures = isActive ? 0 : held.consecutiveFailures;
      const updatedAt = new Date(dependencies.clock.now());
      const webhook = { ...held, isActive, consecutiveFailures, updatedAt };
      return { status: 200, data: webhookView(webhook, null), sandbox };
    }
    const webhook = await setWebhookActive(db, account.id, id, isActive);
    if (webhook === null) return { refused: 'webhookNotFound' };
    return {
      status: 200,
      data: webhookView(webhook, null),
      afterCommit: dependencies.onDeliveriesAffected,
    };
  };
}

function rotate(dependencies: ApiDependencies, { account, id, body }: AccountCall): Outcome | Effect {
  const input = parseRotate(body);
  if (!input.ok) return invalid(input.error, 'when-several');
  const { overlapSeconds, sandbox } = input.value;
  const secret = newSigningSecret(dependencies.random.bytes(signingSecretBytes));
  return async (db) => {
    const isFound = sandbox
      ? (await findWebhook(db, account.id, id)) !== null
      : await rotateWebhookSecret(
          db,
          account.id,
          id,
          dependencies.secretBox.seal(secret, `webhook:${id}`),
          overlapSeconds,
        );
    if (!isFound) return { refused: 'webhookNotFound' };
    return { status: 200, data: { signing_secret: secret }, sandbox };
  };
}
