/** One JSON object a line on standard output; the pid tells the processes of one command apart. */
import { type Logger, pino, stdSerializers } from 'pino';
import type { Config } from './config.ts';
import type { AttemptOutcome } from './domain/delivery.ts';

export function createLog(level: Config['logLevel']): Logger {
  return pino({ level, base: { name: 'posthorn', pid: process.pid }, serializers: { err: errorFields } });
}

/** In the detail of its errors PostgreSQL repeats the row that it refused: payloads, hashes of keys, sealed secrets. */
function errorFields(error: Error): object {
  const { detail: _row, ...fields } = stdSerializers.err(error);
  return fields;
}

/** What the log says of an attempt: no secret and no body. */
export function attemptFields({
  delivery,
  attemptNumber,
  event,
  statusCode,
  durationMs,
  errorMessage,
}: AttemptOutcome): object {
  const { id: deliveryId, webhookId } = delivery;
  return { deliveryId, webhookId, attemptNumber, event, statusCode, durationMs, errorMessage };
}
