import { type Static, Type } from 'typebox';
import { overlapSecondsRange } from '../../domain/webhook-input.ts';
import { sandboxSchema } from './shared.ts';

export const rotateBodySchema = Type.Object({
  overlap_seconds: Type.Optional(
    Type.Integer({
      minimum: overlapSecondsRange.min,
      maximum: overlapSecondsRange.max,
      description: 'How long the Standard Webhooks header also carries a signature of the old secret.',
    }),
  ),
  sandbox: Type.Optional(sandboxSchema),
});

export const rotatedSecretSchema = Type.Object(
  { signing_secret: Type.String({ pattern: '^whsec_' }) },
  { additionalProperties: false },
);

export const testBodySchema = Type.Object({
  event_type: Type.String({ description: 'A dotted name or a parent.' }),
  sandbox: Type.Optional(sandboxSchema),
});

export const testResultSchema = Type.Object(
  { success: Type.Boolean(), message: Type.String() },
  { additionalProperties: false },
);

export const testResultHeaders = {
  'X-Webhook-Event-Id': {
    type: 'string',
    format: 'uuid',
    description: 'Of the test in the delivery log; absent from a simulated answer.',
  },
};

export const resendBodySchema = Type.Object({ sandbox: Type.Optional(sandboxSchema) });

export const resendResultSchema = Type.Object(
  {
    status: Type.Enum(['delivered', 'failed', 'queued'], {
      description: 'What came of this attempt; queued when the delivery is unfinished.',
    }),
    message: Type.String(),
  },
  { additionalProperties: false },
);

export type ResendResult = Static<typeof resendResultSchema>;
