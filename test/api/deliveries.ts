/** Plays the engine for the tests of what the API shows: claims what is due and records how an attempt went. */
import { randomUUID } from 'node:crypto';
import type { AttemptOutcome } from '../../src/domain/delivery.ts';
import { claimDue } from '../../src/storage/claims.ts';
import type { Database } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';

type Outcome = Pick<AttemptOutcome, 'event' | 'retryInMs' | 'statusCode' | 'responseBody' | 'errorMessage'>;

export const answered200: Outcome = {
  event: 'succeed',
  retryInMs: null,
  statusCode: 200,
  responseBody: 'ok',
  errorMessage: null,
};

export const answered500: Outcome = {
  event: 'postpone',
  retryInMs: 0,
  statusCode: 500,
  responseBody: null,
  errorMessage: 'The endpoint answered 500',
};

/** Every delivery that is due gets this outcome. */
export async function attemptAllDue(db: Database, outcome: Outcome): Promise<void> {
  const claim = { lease: randomUUID(), limit: 10_000, perWebhook: 10_000, inFlight: new Map(), after: null };
  const { deliveries } = await claimDue(db, claim);
  const outcomes = deliveries.map((delivery) => ({
    ...outcome,
    delivery,
    attemptNumber: delivery.attempts + 1,
    startedAt: new Date(),
    durationMs: 12,
    disableReason: null,
  }));
  await recordOutcomes(db, outcomes, 0);
}
