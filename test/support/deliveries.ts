/** Deliveries in every state, made the way the service makes them: published, claimed, attempted, recorded. */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import type { AttemptOutcome, LeasedDelivery } from '../../src/domain/delivery.ts';
import type { NewEvent, PublishedEvent } from '../../src/domain/event.ts';
import { claimReady } from '../../src/storage/claims.ts';
import type { Queryable } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';
import { publishEvents as publishWithOffer } from '../../src/storage/events.ts';
import { sweepLanes } from '../../src/storage/lanes.ts';
import { endLeases } from '../../src/storage/leases.ts';
import { anEvent } from './factory.ts';

/** Publishes; all deliveries wait to be claimed. */
export async function publishEvents(
  db: Queryable,
  events: readonly NewEvent[],
): Promise<readonly PublishedEvent[]> {
  return (await publishWithOffer(db, events, null)).events;
}

/** So many webhooks of the account, made by the database. Their secret cannot be read: nothing can be sent to them. */
export async function manyWebhooks(db: Queryable, accountId: string, count: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    insert into webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, patterns, retry_count,
      timeout_seconds)
    select gen_random_uuid(), ${accountId}, 'Many', 'https://example.com', 'sealed', '{message}', '{message.*}', 3, 30
    from generate_series(1, ${count}::int)
    returning id`);
  return rows.map(({ id }) => id);
}

/** Publishes so many events of the account. */
export function publishMany(
  db: Queryable,
  accountId: string,
  times: number,
): Promise<readonly PublishedEvent[]> {
  return publishEvents(
    db,
    Array.from({ length: times }, () => anEvent(accountId)),
  );
}

/** Makes ready what is due, and claims what is ready, at most `limit` of it. */
export async function claimed(
  db: Queryable,
  { lease = randomUUID(), limit = 100 }: { readonly lease?: string; readonly limit?: number } = {},
): Promise<readonly LeasedDelivery[]> {
  await endLeases(db, 10_000);
  const { lanes } = await sweepLanes(db, null, 10_000);
  const deliveries: LeasedDelivery[] = [];
  for (const { webhookId, isRetry } of lanes) {
    const size = limit - deliveries.length;
    deliveries.push(...(await claimReady(db, { lease, lanes: [{ webhookId, isRetry, size, after: null }] })));
  }
  return deliveries;
}

/** For what looks at a delivery and not at the database. */
export function aLeasedDelivery(traits: Partial<LeasedDelivery> = {}): LeasedDelivery {
  return {
    id: randomUUID(),
    webhookId: randomUUID(),
    lease: randomUUID(),
    eventName: 'message.delivered',
    field: 'message',
    bodyTail: '}',
    attempts: 0,
    endpointUrl: 'https://example.com/hook',
    sealedSecret: 'sealed',
    sealedPreviousSecret: null,
    retryCount: 3,
    timeoutSeconds: 30,
    ...traits,
  };
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
