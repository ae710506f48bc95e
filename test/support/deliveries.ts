/** Deliveries in every state, made the way the engine makes them: claimed, attempted, recorded. */
import { randomUUID } from 'node:crypto';
import type { AttemptOutcome, LeasedDelivery } from '../../src/domain/delivery.ts';
import { type ClaimRequest, claimDue } from '../../src/storage/claims.ts';
import type { Queryable } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';

export function aClaim(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return { lease: randomUUID(), limit: 100, perWebhook: 100, inFlight: new Map(), after: null, ...changes };
}

export async function claimed(
  db: Queryable,
  changes: Partial<ClaimRequest> = {},
): Promise<readonly LeasedDelivery[]> {
  return (await claimDue(db, aClaim(changes))).deliveries;
}

export function outcomeOf(delivery: LeasedDelivery, changes: Partial<AttemptOutcome> = {}): AttemptOutcome {
  return {
    delivery,
    attemptNumber: delivery.attempts + 1,
    event: 'succeed',
    retryInMs: null,
    startedAt: new Date(),
    durationMs: 12,
    statusCode: 200,
    responseBody: null,
    errorMessage: null,
    disableReason: null,
    ...changes,
  };
}

export const givenUp = {
  event: 'giveUp',
  statusCode: 500,
  responseBody: 'no',
  errorMessage: 'The endpoint answered 500',
} as const;
export const postponed = { ...givenUp, event: 'postpone', retryInMs: 60_000 } as const;

/** Claims whatever is due and records the same outcome for each. */
export async function attemptAll(
  db: Queryable,
  changes: Partial<AttemptOutcome> = {},
): Promise<readonly LeasedDelivery[]> {
  const deliveries = await claimed(db);
  await recordOutcomes(
    db,
    deliveries.map((delivery) => outcomeOf(delivery, changes)),
    0,
  );
  return deliveries;
}
