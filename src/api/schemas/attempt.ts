import { type Static, Type } from 'typebox';
import type { AttemptRecord } from '../../storage/delivery-records.ts';
import { momentText } from '../moment.ts';
import { momentSchema, nullable } from './shared.ts';

export const attemptSchema = Type.Object(
  {
    number: Type.Integer({ minimum: 1, description: 'As in x-webhook-attempt.' }),
    started_at: momentSchema,
    duration_ms: nullable(Type.Integer({ minimum: 0 })),
    http_status_code: nullable(Type.Integer({ description: 'Null on a timeout or connection error.' })),
    response_body: nullable(Type.String({ description: 'The first 4 KiB.' })),
    error_message: nullable(Type.String({ description: 'Why it failed; null when it succeeded.' })),
  },
  { $id: 'Attempt', additionalProperties: false },
);

export function attemptView(attempt: AttemptRecord): Static<typeof attemptSchema> {
  return {
    number: attempt.number,
    started_at: momentText(attempt.startedAt),
    duration_ms: attempt.durationMs,
    http_status_code: attempt.statusCode,
    response_body: attempt.responseBody,
    error_message: attempt.errorMessage,
  };
}
