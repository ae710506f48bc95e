import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newSigningSecret } from '../../src/domain/signing-secret.ts';
import type { Webhook } from '../../src/domain/webhook.ts';
import { type Database, DatabaseUnavailable, type Queryable } from '../../src/storage/database.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import {
  deleteWebhook,
  findWebhook,
  rotateWebhookSecret,
  setWebhookActive,
} from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { publishEvents } from '../support/deliveries.ts';
import { silentLog, startTestEngine, type TestEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, anEvent, aWebhook, secretBox } from '../support/factory.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { verifyByContract } from '../support/verify-by-contract.ts';

let db: Database;
let engine: TestEngine;
let receiver: Receiver;
let account: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  receiver = await startReceiver();
  account = await anAccount(db);
});
afterEach(async () => {
  await engine.close();
  await receiver.close();
});

const allOf = (webhook: Webhook) =>
  listWebhookEvents(db, account, webhook.id, {
    page: 1,
    pageSize: 100,
    search: null,
    status: null,
    from: null,
    to: null,
  });

function publish(count = 1, name = 'message.delivered') {
  return publishEvents(
    db,
    Array.from({ length: count }, () => anEvent(account, { name })),
  );
}

describe('delivering', () => {
  test('sends each published event once to each matching webhook, signed', async () => {
    const secret = newSigningSecret(Buffer.alloc(32, 3));
    const webhook = await aWebhook(db, account, { endpointUrl: `${receiver.url}/hook`, secret });
    engine = startTestEngine(db);
    const published = await publish(20);
    engine.wake(null);
    const requests = await receiver.waitFor(20);
    await eventually(
      () => allOf(webhook),
      ({ items }) => items.every(({ status }) => status === 'delivered'),
    );

    expect(receiver.requests).toHaveLength(20);
    expect(published).toHaveLength(20);
    const log = await allOf(webhook);
    expect(requests.map(({ headers }) => headers['x-webhook-event-id']).sort()).toEqual(
      log.items.map(({ id }) => id).sort(),
    );
    for (const request of requests) {
      expect(request).toMatchObject({ method: 'POST', path: '/hook' });
      expect(request.headers).toMatchObject({
        'content-type': 'application/json',
        'user-agent': 'Posthorn/test',
        'x-webhook-id': webhook.id,
        'x-webhook-attempt': '1',
        'x-webhook-event-type': 'message.delivered',
      });
      expect(verifyByContract(request, secret)).toBe(true);
    }
  });

  test('delivers what was published while no engine ran', async () => {
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url });
    await publish(3);
    engine = startTestEngine(db);
    await receiver.waitFor(3);
    await eventually(
      () => allOf(webhook),
      ({ items }) => items.every(({ status }) => status === 'delivered'),
    );
  });

  test('never has more in flight for one webhook than its cap, and the others go on', async () => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    receiver.respondWith(({ path }) => (path === '/slow' ? { delayUntil: released } : {}));
    const slow = await aWebhook(db, account, { endpointUrl: `${receiver.url}/slow` });
    await aWebhook(db, account, { endpointUrl: `${receiver.url}/fast`, eventTypes: ['contact'] });
    engine = startTestEngine(db, { maxInFlightPerWebhook: 4, maxInFlight: 64 });
    await publish(20);
    engine.wake(null);
    await receiver.waitFor(4);
    await publish(10, 'contact.help');
    engine.wake(null);
    await receiver.waitFor(14);
    const arrivedBefore = receiver.requests.filter(({ path }) => path === '/slow').length;
    release();
    await eventually(
      () => allOf(slow),
      ({ items }) => items.every(({ status }) => status === 'delivered'),
    );
    expect(arrivedBefore).toBe(4);
  });

  test('many webhooks that hang leave slots for those that do not', async () => {
    receiver.respondWith(({ path }) => (path === '/hang' ? { fault: 'hang' } : {}));
    for (let hanging = 0; hanging < 12; hanging++) {
      await aWebhook(db, account, { endpointUrl: `${receiver.url}/hang` });
    }
    const healthy = await anAccount(db);
    await aWebhook(db, healthy, { endpointUrl: `${receiver.url}/healthy` });
    engine = startTestEngine(db, { maxInFlight: 64, maxInFlightPerWebhook: 32 });
    await publish(30);
    engine.wake(null);
    await receiver.waitFor(32);
    await publishEvents(db, [anEvent(healthy), anEvent(healthy), anEvent(healthy)]);
    engine.wake(null);
    await eventually(
      async () => receiver.requests.filter(({ path }) => path === '/healthy').length,
      (arrived) => arrived === 3,
    );
    await engine.close(50);
  });

  test('signs each attempt with the secret of its moment, and with both while a rotation overlaps', async () => {
    const old = newSigningSecret(Buffer.alloc(32, 1));
    const fresh = newSigningSecret(Buffer.alloc(32, 2));
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url, secret: old, retryCount: 2 });
    receiver.respondWith((_request, index) => ({ status: index < 2 ? 500 : 200 }));
    engine = startTestEngine(db);
    await publish();
    engine.wake(null);
    const first = await engine.nextOutcome();
    await rotateWebhookSecret(db, account, webhook.id, secretBox.seal(fresh, `webhook:${webhook.id}`), 3600);
    await engine.advance((first.retryInMs ?? 0) + 10);
    const second = await engine.nextOutcome();
    await engine.advance(Math.max(second.retryInMs ?? 0, 3_600_000) + 10);
    await engine.nextOutcome();

    const [before, during, after] = await receiver.waitFor(3);
    if (before === undefined || during === undefined || after === undefined)
      throw new Error('three attempts expected');
    const signatures = [before, during, after].map(
      ({ headers }) => String(headers['webhook-signature']).split(' ').length,
    );
    expect(signatures).toEqual([1, 2, 1]);
    expect([
      verifyByContract(before, old),
      verifyByContract(during, fresh),
      verifyByContract(after, fresh),
    ]).toEqual([true, true, true]);
    expect(verifyByContract(during, old)).toBe(false);
  });
});

describe('stopping and starting', () => {
  test('finishes what is in flight before it stops', async () => {
    let release: () => void = () => {};
    receiver.respondWith({
      delayUntil: new Promise<void>((resolve) => {
        release = resolve;
      }),
    });
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url });
    engine = startTestEngine(db);
    await publish();
    engine.wake(null);
    await receiver.next();
    const stopped = engine.stop(5000);
    release();
    await stopped;
    expect((await allOf(webhook)).items).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  });

  test('hands back what does not finish in time, for the next engine at once', async () => {
    receiver.respondWith((_request, index) => (index === 0 ? { fault: 'hang' } : {}));
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url });
    const told: object[] = [];
    const info = (fields: object, message: string) => {
      if (message === 'stopped delivering') told.push(fields);
    };
    engine = startTestEngine(db, { log: { ...silentLog, info } });
    await publish();
    engine.wake(null);
    await receiver.next();
    await engine.close(50);
    expect(await db.query(sql`select lease from pending_deliveries`)).toEqual([{ lease: null }]);
    expect(told).toEqual([{ handedBack: 1 }]);
    engine = startTestEngine(db);
    await eventually(
      () => allOf(webhook),
      ({ items }) => items.every(({ status }) => status === 'delivered'),
    );
    expect(receiver.requests).toHaveLength(2);
  });

  test('a delivery whose holder died is sent again when its lease is over', async () => {
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url, timeoutSeconds: 5 });
    await publish();
    await db.query(
      sql`update pending_deliveries set lease = gen_random_uuid(), due_at = clock_now() + interval '20 seconds'`,
    );
    engine = startTestEngine(db);
    await engine.advance(20_500);
    await receiver.next();
    await eventually(
      () => allOf(webhook),
      ({ items }) => items[0]?.status === 'delivered',
    );
  });
});

describe('webhooks that go away', () => {
  test('a clock that is set back by an hour does not end the lease of what is being sent', async () => {
    await aWebhook(db, account, { endpointUrl: receiver.url });
    receiver.respondWith({ fault: 'hang' });
    let offsetMs = 0;
    const names: string[] = [];
    const query: Queryable['query'] = (statement, name) => {
      names.push(name ?? '');
      return db.query(statement, name);
    };
    engine = startTestEngine({ ...db, query }, { rules: { clock: { now: () => Date.now() + offsetMs } } });
    await publish();
    engine.wake(null);
    await receiver.next();
    offsetMs = -3_600_000;
    const due = () => db.query<{ due_at: Date }>(sql`select due_at from pending_deliveries`);
    const [first] = await due();
    await eventually(due, ([row]) => Number(row?.due_at) > Number(first?.due_at) + 1000);
    // Renewed, and not taken anew after its end.
    expect(names).toContain('renew-leases');
    expect(names.filter((name) => name === 'claim-ready')).toHaveLength(1);
    await engine.close(50);
  });

  test('a deactivated webhook fails what was pending, without sending it', async () => {
    receiver.respondWith({ status: 500 });
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url });
    engine = startTestEngine(db);
    await publish(2);
    engine.wake(null);
    await engine.nextOutcome();
    await engine.nextOutcome();
    await setWebhookActive(db, account, webhook.id, false);
    engine.closeUp();
    const log = await eventually(
      () => allOf(webhook),
      ({ items }) => items.every(({ status }) => status === 'failed'),
    );
    expect(log.items).toMatchObject([
      { attempts: 1, errorMessage: 'Given up: the webhook was deactivated' },
      { attempts: 1, errorMessage: 'Given up: the webhook was deactivated' },
    ]);
    expect(receiver.requests).toHaveLength(2);
    expect((await findWebhook(db, account, webhook.id))?.consecutiveFailures).toBe(0);
  });

  test('a deleted webhook leaves no row behind', async () => {
    receiver.respondWith({ status: 500 });
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url });
    engine = startTestEngine(db);
    await publish(2);
    engine.wake(null);
    await engine.nextOutcome();
    await engine.nextOutcome();
    await deleteWebhook(db, account, webhook.id);
    engine.closeUp();
    await eventually(
      () =>
        db.query<{ rows: number }>(sql`
          select (select count(*) from pending_deliveries where webhook_id = ${webhook.id})::int
               + (select count(*) from attempts where webhook_id = ${webhook.id})::int as rows`),
      ([row]) => row?.rows === 0,
    );
    await engine.advance(6 * 60_000);
    await eventually(
      () => db.query(sql`select id from erasures where id = ${webhook.id}`),
      (rows) => rows.length === 0,
    );
  });
});

describe('an outage of the database', () => {
  test('does not keep the engine from stopping with a delivery in flight', async () => {
    receiver.respondWith({ fault: 'hang' });
    await aWebhook(db, account, { endpointUrl: receiver.url });
    const outage = failingDatabase(db);
    engine = startTestEngine(outage.db);
    await publish();
    engine.wake(null);
    await receiver.next();
    outage.begin();
    await expect(engine.stop(50)).resolves.toBeUndefined();
    await engine.close(50);
  });

  test('delays recording and claiming, and loses nothing', async () => {
    const webhook = await aWebhook(db, account, { endpointUrl: receiver.url });
    const outage = failingDatabase(db);
    engine = startTestEngine(outage.db);
    await publish(5);
    receiver.respondWith(() => {
      outage.begin();
      return {};
    });
    engine.wake(null);
    await receiver.waitFor(1);
    await outage.untilFailed(3);
    outage.end();
    await eventually(
      () => allOf(webhook),
      ({ items }) => items.every(({ status }) => status === 'delivered'),
    );
    expect(receiver.requests).toHaveLength(5);
  });
});

/** The same database, behind a connection that can be cut. */
function failingDatabase(inner: Database) {
  let away = false;
  let failures = 0;
  const refuseIfAway = () => {
    if (!away) return;
    failures++;
    throw new DatabaseUnavailable(new Error('the connection was cut by the test'));
  };
  const query: Queryable['query'] = async (statement) => {
    refuseIfAway();
    return inner.query(statement);
  };
  return {
    db: { ...inner, query } satisfies Database,
    begin: () => {
      away = failures < 3;
    },
    end: () => {
      away = false;
    },
    untilFailed: (count: number) =>
      eventually(
        async () => failures,
        (seen) => seen >= count,
      ),
  };
}
