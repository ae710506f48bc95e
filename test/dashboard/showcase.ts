/** An account as it is after a day's work: one webhook that is well, one that fails, one that was disabled, and their figures. */
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import type { Receiver } from '../support/receiver.ts';
import type { TestService } from '../support/service.ts';
import { type Caller, callerOf, makeWebhook, type SeenWebhook } from './caller.ts';
import { deliveriesOf, publish } from './traffic.ts';

export interface Showcase {
  readonly healthy: SeenWebhook;
  readonly failing: SeenWebhook;
  /** Of the failing one. */
  readonly failedId: string;
  readonly eventId: string;
}

const payload = { message_id: 'msg_01jkx2v9', channel: 'sms', to: '+15550100', message_status: 'DELIVERED' };

export async function makeShowcase(service: TestService, receiver: Receiver): Promise<Showcase> {
  const customer = callerOf(service, service.keys.profileKey);
  const platform = callerOf(service, service.keys.platformKey);
  receiver.respondWith(({ path }) =>
    path === '/billing' ? { status: 500, body: '{"error":"database is locked"}' } : { status: 204 },
  );
  const make = (display_name: string, path: string, settings: Partial<SeenWebhook> = {}) =>
    makeWebhook(customer, { display_name, endpoint_url: `${receiver.url}${path}`, ...settings });
  const healthy = await make('Order notifications', '/orders', { event_types: ['message', 'contact'] });
  const failing = await make('Billing', '/billing', {
    event_filters: { message: ['delivered', 'failed'] },
  });
  const old = await make('Old CRM', '/crm', { event_types: ['link'] });
  await customer('PATCH', `/v3/webhooks/${old.id}/toggle-status`, { is_active: false });

  await publish(
    service,
    'message.sent',
    Array.from({ length: 6 }, () => payload),
  );
  await publish(
    service,
    'message.delivered',
    Array.from({ length: 5 }, () => payload),
  );
  const { eventId } = await publishOne(platform, service);
  const logged = await eventually(
    () => deliveriesOf(service, failing.id),
    (items) => items.length === 6 && items.every(({ delivery_status }) => delivery_status === 'failed'),
    20_000,
  );
  await addHistory(service, healthy, failing);
  return { healthy, failing, failedId: logged[0]?.id ?? '', eventId };
}

async function publishOne(platform: Caller, { keys }: TestService): Promise<{ eventId: string }> {
  const event = { account_id: keys.profileId, event: 'message.delivered', payload };
  const { data } = await platform<{ events: readonly { id: string }[] }>(
    'POST',
    '/platform/v1/events',
    event,
  );
  return { eventId: data.events[0]?.id ?? '' };
}

/** Figures of the day before, which the trigger on the log would have counted. */
async function addHistory({ databaseUrl }: TestService, ...webhooks: readonly SeenWebhook[]): Promise<void> {
  if (databaseUrl === null) throw new Error('the showcase needs a database server');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const [index, { id }] of webhooks.entries()) {
    await client.query(
      `insert into posthorn.delivery_stats
       select $1::uuid, date_bin('5 minutes', now(), 'epoch') - minute * interval '5 minutes', good, bad, good + bad,
              good / 10, good / 3, good / 2, good - good / 10, good - good / 50, good, good, good, good, good, good + bad, good + bad
       from generate_series(6, 288, 6) minute,
            lateral (select (60 + 45 * sin(minute / 40.0) + minute * 7 % 13)::int as good,
                            case when $2::int = 0 then minute % 48 / 42 else 4 + minute % 36 / 6 end as bad) shape`,
      [id, index],
    );
  }
  await client.end();
}
