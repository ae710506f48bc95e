import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailable } from '../storage/database.ts';
import { codeOf } from '../storage/outage.ts';
import { Overloaded } from '../storage/overloaded.ts';
import type { Refusal } from './answer.ts';
import type { Presenter } from './presenter.ts';

const refusalsByCode: ReadonlyMap<string, Refusal> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', { refused: 'payloadTooLarge' }],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', { refused: 'unsupportedMediaType' }],
  [
    'FST_ERR_BAD_URL',
    { refused: 'validationFailed', message: 'The path is not valid percent-encoded UTF-8' },
  ],
]);

/** SQLSTATE: what the request refers to was deleted while it was served. Repeated, it is told so. */
const foreignKeyViolation = '23503';

/** Turns what was thrown into an envelope. What it says inside goes to the log and never to the client. */
export function createErrorHandler(log: FastifyBaseLogger, presenter: Presenter) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    // Fastify would close the connection on a client that is still sending, which then never reads the answer. Kept
    // open, the rest of the body is read and thrown away, for as long as a request may take.
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') reply.removeHeader('connection');
    return presenter.send(request, reply, refusalOf(error, request, log));
  };
}

function refusalOf(error: FastifyError, request: FastifyRequest, log: FastifyBaseLogger): Refusal {
  const requestId = request.id;
  if (isPassing(error)) {
    log.warn({ err: error, requestId }, 'a request was turned away');
    return { refused: 'serviceUnavailable', headers: { 'Retry-After': '1' } };
  }
  const known = refusalsByCode.get(error.code);
  if (known !== undefined) return known;
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    log.info({ err: error, requestId }, 'a request could not be read');
    return { refused: 'validationFailed' };
  }
  const doing = request.routeOptions.config.doing ?? 'handling the request';
  log.error({ err: error, requestId }, `an unexpected error occurred while ${doing}`);
  return { refused: 'internal', message: `An unexpected error occurred while ${doing}` };
}

function isPassing(error: unknown): boolean {
  const isAway = error instanceof DatabaseUnavailable || error instanceof Overloaded;
  return isAway || codeOf(error) === foreignKeyViolation;
}
