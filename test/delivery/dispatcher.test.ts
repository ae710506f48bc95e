import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Dispatcher, type DispatcherOptions, startDispatcher } from '../../src/delivery/dispatcher.ts';
import { createLoad } from '../../src/delivery/load.ts';
import { createRecorder, type Recorder } from '../../src/delivery/recorder.ts';
import type { AttemptOutcome, LeasedDelivery } from '../../src/domain/delivery.ts';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { publishEvents as publishWithOffer } from '../../src/storage/events.ts';
import { openTestDatabase } from '../support/database.ts';
import { manyWebhooks, outcomeOf, postponed, publishEvents } from '../support/deliveries.ts';
import { silentLog } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';
import { laterId } from '../support/later-id.ts';

let db: Database;
let account: string;
let dispatcher: Dispatcher;
let recorder: Recorder;
/** In the order of sending. */
let sent: LeasedDelivery[];

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
  recorder = createRecorder({ db, disableAfter: 0, outcomesEnough: 128, onDisabled() {}, log: silentLog });
  sent = [];
});
afterEach(async () => {
  await dispatcher.stop(50);
  recorder.close();
});

/** Every endpoint answers at once, unless `send` says otherwise. */
function start(options: Partial<DispatcherOptions> = {}): void {
  const { send = async (delivery: LeasedDelivery) => outcomeOf(delivery) } = options;
  dispatcher = startDispatcher({
    db,
    record: recorder.record,
    lease: randomUUID(),
    maxInFlight: 512,
    maxInFlightPerWebhook: 32,
    load: createLoad(),
    clock: { now: () => Date.now() },
    log: silentLog,
    ...options,
    send: (delivery) => {
      sent.push(delivery);
      return send(delivery);
    },
  });
}

const events = (count: number, accountId = account) =>
  Array.from({ length: count }, () => anEvent(accountId, { id: laterId() }));
const untilSent = (count: number, which: (delivery: LeasedDelivery) => boolean = () => true) =>
  eventually(
    async () => sent.filter(which).length,
    (arrived) => arrived >= count,
  );

/** As the service does: the process offers what it has free, and sends what it leased. */
async function publishHere(of: ReturnType<typeof events>): Promise<void> {
  const offer = dispatcher.offer();
  const published = await publishWithOffer(db, of, offer);
  if (offer !== null) dispatcher.accept(offer, published);
  if (published.ready.length > 0) dispatcher.wake(published.ready);
}

/** Notes the names of the statements that reach the database. */
function noted(): { db: Database; names: string[] } {
  const names: string[] = [];
  const query: Queryable['query'] = (statement, name) => {
    names.push(name ?? '');
    return db.query(statement, name);
  };
  return { db: { ...db, query }, names };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Endpoints that hang until the test lets go. */
function hanging() {
  const held = new Map<LeasedDelivery, () => void>();
  return {
    held,
    send: (delivery: LeasedDelivery, changes: Partial<AttemptOutcome> = {}) =>
      new Promise<AttemptOutcome>((resolve) => {
        held.set(delivery, () => {
          held.delete(delivery);
          resolve(outcomeOf(delivery, changes));
        });
      }),
    letGo() {
      for (const end of [...held.values()]) end();
    },
  };
}

/** Ready deliveries of webhooks that were attempted so often, made by the database. */
async function fill(webhookIds: readonly string[], each: number, attempts: number): Promise<void> {
  const event = anEvent(account, { name: 'contact.help' });
  await publishEvents(db, [event]);
  await db.query(sql`
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, attempts)
    select id, gen_random_uuid(), ${event.id}, 'contact.help', 'contact', clock_now(), ${attempts}
    from unnest(${webhookIds}::uuid[]) as webhook (id) cross join generate_series(1, ${each}::int)`);
}

describe('looking for work', () => {
  test('webhooks that only wait for their retries cost one look a second', async () => {
    await db.query(sql`
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, attempts, lease)
      select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'message.sent', 'message',
             clock_now() + interval '1 hour', 1, '00000000-0000-0000-0000-000000000000'
      from generate_series(1, 1200)`);
    const database = noted();
    start({ db: database.db });
    await eventually(
      async () => database.names.length,
      (statements) => statements > 0,
    );
    await turns(500);
    // A second one only when the poll interval has passed meanwhile.
    expect(database.names.length).toBeLessThanOrEqual(2);
    expect(new Set(database.names)).toEqual(new Set(['sweep-lanes']));
  });

  test('reaches a webhook behind more lanes than a page holds, though none of them can be claimed', async () => {
    // As the version before postpones: without a lease, due later.
    await db.query(sql`
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, attempts)
      select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, gen_random_uuid(), gen_random_uuid(),
             'message.sent', 'message', clock_now() + interval '1 hour', 1
      from generate_series(1, 1200) n`);
    const last = await aWebhook(db, account);
    await publishEvents(db, events(1));
    start();
    await untilSent(1);
    expect(sent.map(({ webhookId }) => webhookId)).toEqual([last.id]);
  });

  test('finds what its sweep has passed, without waiting for a wake-up; each webhook in its turn', async () => {
    for (let webhook = 0; webhook < 3; webhook++) await aWebhook(db, account);
    await publishEvents(db, events(4));
    start({ maxInFlight: 2 });
    await untilSent(12);
    // No webhook gets its second delivery before every one has its first.
    expect(new Set(sent.slice(0, 3).map(({ webhookId }) => webhookId)).size).toBe(3);
  });

  test('more webhooks than one claim takes of are all served', async () => {
    const ids = await manyWebhooks(db, account, 1200);
    await publishEvents(db, events(1));
    start();
    await untilSent(1200);
    expect(sent.map(({ webhookId }) => webhookId).sort()).toEqual(ids.sort());
  });

  test('never has more in flight than it may, altogether and for one webhook', async () => {
    for (let webhook = 0; webhook < 5; webhook++) await aWebhook(db, account);
    await publishEvents(db, events(20));
    const inFlight = new Map<string, number>();
    let most = 0;
    let mostOfOne = 0;
    start({
      maxInFlight: 7,
      maxInFlightPerWebhook: 3,
      async send(delivery) {
        inFlight.set(delivery.webhookId, (inFlight.get(delivery.webhookId) ?? 0) + 1);
        most = Math.max(most, dispatcher.inFlight);
        mostOfOne = Math.max(mostOfOne, ...inFlight.values());
        await turns(1);
        inFlight.set(delivery.webhookId, (inFlight.get(delivery.webhookId) ?? 0) - 1);
        return outcomeOf(delivery);
      },
    });
    await untilSent(100);
    expect(most).toBeLessThanOrEqual(7);
    expect(mostOfOne).toBeLessThanOrEqual(3);
  });
});

test.each([
  [1, 1],
  [2, 1],
  [65_535, 65_535],
])(
  'with %i slots, %i of them for one webhook, everything is sent, new or tried before',
  async (max, ofOne) => {
    const ids = await manyWebhooks(db, account, 3);
    await fill(ids, 20, 1);
    await publishEvents(db, events(20));
    start({ maxInFlight: max, maxInFlightPerWebhook: ofOne });
    await publishHere(events(20));
    await untilSent(180);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(180);
  },
);

describe('leasing at publish', () => {
  test('what is published into an idle process is sent without any claim', async () => {
    await aWebhook(db, account);
    const database = noted();
    start({ db: database.db });
    for (let n = 0; n < 20; n++) {
      await publishHere(events(1));
      await untilSent(n + 1);
    }
    await eventually(
      () => db.query(sql`select from pending_deliveries`),
      (rows) => rows.length === 0,
    );
    expect(database.names.filter((name) => name !== 'sweep-lanes')).toEqual([]);
  });

  test('never overtakes what waits of the same webhook', async () => {
    await aWebhook(db, account);
    const endpoint = hanging();
    start({ maxInFlightPerWebhook: 4, send: endpoint.send });
    for (let batch = 0; batch < 5; batch++) await publishHere(events(10));
    await untilSent(4);
    const ids = await db.query<{ id: string }>(sql`select id from pending_deliveries order by id`);
    await eventually(
      async () => {
        endpoint.letGo();
        return sent.length;
      },
      (count) => count === 50,
    );
    const position = new Map(ids.map(({ id }, index) => [id, index]));
    // Those that are claimed together, at most four, have no order among themselves.
    const ahead = sent.map(({ id }, index) => (position.get(id) ?? Number.NaN) - index);
    expect(Math.max(...ahead)).toBeLessThan(4);
  });

  test('two batches that are offered the same slots at once do not exceed the cap of a webhook', async () => {
    await aWebhook(db, account);
    const endpoint = hanging();
    start({ maxInFlightPerWebhook: 4, send: endpoint.send });
    await Promise.all([publishHere(events(10)), publishHere(events(10))]);
    await untilSent(4);
    await turns(200);
    expect(endpoint.held.size).toBe(4);
    await eventually(
      async () => {
        expect(endpoint.held.size).toBeLessThanOrEqual(4);
        endpoint.letGo();
        return sent.length;
      },
      (count) => count === 20,
    );
  });
});

describe('leases', () => {
  test('of what takes long are renewed', async () => {
    await aWebhook(db, account);
    const endpoint = hanging();
    start({ send: endpoint.send });
    await publishHere(events(1));
    const due = () => db.query<{ due_at: Date }>(sql`select due_at from pending_deliveries`);
    const [first] = await due();
    await eventually(due, ([row]) => Number(row?.due_at) > Number(first?.due_at) + 1000);
    endpoint.letGo();
  });

  test('that ended during an outage and were taken anew do not send twice', async () => {
    await aWebhook(db, account);
    const endpoint = hanging();
    start({ send: endpoint.send });
    await publishHere(events(1));
    await db.query(sql`update pending_deliveries set lease = null, due_at = clock_now()`);
    dispatcher.wake(null);
    await eventually(
      () => db.query<{ lease: string | null }>(sql`select lease from pending_deliveries`),
      ([row]) => row !== undefined && row.lease !== null,
    );
    endpoint.letGo();
    await eventually(
      () => db.query(sql`select from pending_deliveries`),
      (rows) => rows.length === 0,
    );
    expect(sent).toHaveLength(1);
  });
});

describe('stopping', () => {
  test('sends what was being leased meanwhile', async () => {
    await aWebhook(db, account);
    start();
    const offer = dispatcher.offer();
    const stopped = dispatcher.stop(10_000);
    const published = await publishWithOffer(db, events(3), offer);
    if (offer !== null) dispatcher.accept(offer, published);
    await stopped;
    expect(sent).toHaveLength(3);
    expect(dispatcher.offer()).toBeNull();
    expect(await db.query(sql`select from pending_deliveries`)).toEqual([]);
  });

  test('hands back what was leased too late to be sent', async () => {
    await aWebhook(db, account);
    start();
    const offer = dispatcher.offer();
    const published = await publishWithOffer(db, events(3), offer);
    await dispatcher.stop(0);
    if (offer !== null) dispatcher.accept(offer, published);
    await eventually(
      () => db.query(sql`select from pending_deliveries where lease is null`),
      (ready) => ready.length === 3,
    );
    expect(sent).toEqual([]);
  });
});

test('what was handed back is neither recorded nor begun any more', async () => {
  await aWebhook(db, account);
  const endpoint = hanging();
  start({ maxInFlightPerWebhook: 4, send: endpoint.send });
  await Promise.all([publishHere(events(4)), publishHere(events(4))]);
  await untilSent(4);
  await dispatcher.stop(50);
  endpoint.letGo();
  await turns(200);
  expect(sent).toHaveLength(4);
  expect(await db.query(sql`select distinct lease, attempts from pending_deliveries`)).toEqual([
    { lease: null, attempts: 0 },
  ]);
});

test('what is cut off when the time is over is no attempt, though a claim is still under way', async () => {
  await aWebhook(db, account);
  const endpoint = hanging();
  const recorded: AttemptOutcome[] = [];
  let answer = () => {};
  let answered = Promise.resolve();
  let asked = 0;
  const slow: Database = {
    ...db,
    query: async (statement, name) => {
      asked++;
      await answered;
      return db.query(statement, name);
    },
  };
  const record = async (outcome: AttemptOutcome) => void recorded.push(outcome);
  start({ db: slow, send: endpoint.send, record });
  await publishHere(events(1));
  await untilSent(1);
  answered = new Promise((resolve) => {
    answer = resolve;
  });
  const before = asked;
  dispatcher.wake(null);
  await eventually(
    async () => asked,
    (count) => count > before,
  );
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const stopped = dispatcher.stop(8000);
  vi.advanceTimersByTime(8000);
  vi.useRealTimers();
  endpoint.letGo();
  await turns(200);
  answer();
  await stopped;
  expect(recorded).toEqual([]);
  expect(await db.query(sql`select attempts from pending_deliveries`)).toEqual([{ attempts: 0 }]);
});

describe('a webhook costs only itself', () => {
  test('one that fails again and again gets an attempt now and then, and everything once it succeeds', async () => {
    const { id } = await aWebhook(db, account);
    let now = 1_000_000;
    let isMended = false;
    start({
      maxInFlightPerWebhook: 4,
      clock: { now: () => now },
      send: async (delivery) => outcomeOf(delivery, isMended ? {} : postponed),
    });
    await publishEvents(db, events(60));
    dispatcher.wake(null);
    const recorded = () =>
      db.query<{ attempted: number }>(
        sql`select count(*)::int as attempted from pending_deliveries where webhook_id = ${id} and attempts > 0`,
      );
    const untilAllRecorded = () => eventually(recorded, ([row]) => row?.attempted === sent.length);
    await untilSent(10);
    await untilAllRecorded();
    // What is published meanwhile has to wait as well.
    const offer = dispatcher.offer();
    expect(offer?.taken.get(id)).toBe(4);
    if (offer !== null) dispatcher.accept(offer, { events: [], leased: [], ready: [] });
    now += 100;
    await untilSent(13);
    await untilAllRecorded();
    await turns(500);
    // Ten in a row, what was under way beside them, and one at a time of those that are let through.
    expect(sent.length).toBeLessThanOrEqual(16);

    isMended = true;
    now += 100;
    await untilSent(60);
  });

  test('three hundred that hang leave slots for one that answers, and once they are known, half of all', async () => {
    const webhooks = await manyWebhooks(db, account, 300);
    await fill(webhooks, 20, 0);
    const healthy = await anAccount(db);
    const { id } = await aWebhook(db, healthy);
    const endpoint = hanging();
    let movedMs = 0;
    start({
      clock: { now: () => Date.now() + movedMs },
      send: async (delivery) =>
        delivery.webhookId === id ? outcomeOf(delivery) : endpoint.send(delivery, postponed),
    });
    await eventually(
      async () => endpoint.held.size,
      (held) => held > 350,
    );
    await publishHere(events(100, healthy));
    await untilSent(100, ({ webhookId }) => webhookId === id);

    // Their time is over: now they are known to be slow.
    movedMs += 30_000;
    endpoint.letGo();
    await eventually(
      async () => endpoint.held.size,
      (held) => held >= 256,
    );
    await publishHere(events(100, healthy));
    await untilSent(200, ({ webhookId }) => webhookId === id);
    expect(endpoint.held.size).toBe(256);
    endpoint.letGo();
  });

  test('six hundred that nobody has heard of, and that hang, leave a quarter of all slots to one that has answered', async () => {
    const healthy = await anAccount(db);
    const { id } = await aWebhook(db, healthy);
    const webhooks = await manyWebhooks(db, account, 600);
    const endpoint = hanging();
    start({
      send: async (delivery) => (delivery.webhookId === id ? outcomeOf(delivery) : endpoint.send(delivery)),
    });
    await publishHere(events(1, healthy));
    await untilSent(1);
    // Both ways into the slots: some are published here, the others claimed.
    await publishHere(events(1));
    await fill(webhooks, 5, 0);
    dispatcher.wake(null);
    await eventually(
      async () => endpoint.held.size,
      (held) => held >= 384,
    );
    await publishHere(events(100, healthy));
    await untilSent(101, ({ webhookId }) => webhookId === id);
    expect(endpoint.held.size).toBe(384);
    endpoint.letGo();
  });

  test('more than a thousand that hang do not hide one that nobody announced', async () => {
    const webhooks = await manyWebhooks(db, account, 1500);
    await db.query(sql`update webhooks set consecutive_failures = 1 where account_id = ${account}`);
    await fill(webhooks, 1, 0);
    const healthy = await anAccount(db);
    const last = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
    const { id } = await aWebhook(db, healthy);
    await db.query(sql`update webhooks set id = ${last} where id = ${id}`);
    await publishEvents(db, events(3, healthy));
    const endpoint = hanging();
    start({
      send: async (delivery) => (delivery.webhookId === last ? outcomeOf(delivery) : endpoint.send(delivery)),
    });
    await untilSent(3, ({ webhookId }) => webhookId === last);
    expect(endpoint.held.size).toBeLessThanOrEqual(256);
    endpoint.letGo();
  });

  test('first attempts do not wait for twenty thousand retries, of the same and of other webhooks', async () => {
    const { id } = await aWebhook(db, account);
    const others = await manyWebhooks(db, account, 20);
    await fill([id], 10_000, 1);
    await fill(others, 500, 1);
    start();
    await untilSent(100);
    await publishHere(events(100));
    await untilSent(2100, ({ attempts }) => attempts === 0);
    expect(sent.filter(({ attempts }) => attempts > 0).length).toBeLessThan(10_000);
  });
});
