/**
 * One account that asks for much against all others: its slow searches, its changes that wait for a lock, its flood of
 * events. Everybody else is served meanwhile, by the same process, through the same few connections.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createCustomer, publish } from '../support/customers.ts';
import { newServerDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { testSecretKey } from '../support/factory.ts';
import { recordFigure } from '../support/figures.ts';
import { type Answer, type Asker, asAccount, asPlatform, expectAnswered } from '../support/neighbours.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/service-process.ts';

const platformKey = 'php_key-of-the-starvation-test';
const dayMs = 86_400_000;
const asked = 30;

let admin: pg.Client;
let receiver: Receiver;
let service: ServerProcess;

beforeAll(async () => {
  const { url } = await newServerDatabase(inject('postgresUrl') ?? '');
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('set search_path to posthorn');
  receiver = await startReceiver();
  service = await startServerProcess({
    DATABASE_URL: url,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_PROCESSES: '1',
  });
});
afterAll(async () => {
  await service.end('SIGKILL');
  await receiver.close();
  await admin.end();
});

async function newAsker(): Promise<Asker> {
  return asAccount(service, await createCustomer(service, platformKey, receiver.url, ['hook']));
}

/** Statements of the service that wait for what the test has locked. */
async function heldUp(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name = 'posthorn' and wait_event_type = 'Lock'`,
  );
  return rows[0]?.count ?? 0;
}

/** Of a day that nobody else reads or writes. */
const farDay = new Date(Math.floor(Date.now() / dayMs) * dayMs + 5 * dayMs);
const farLog = `deliveries_${farDay.toISOString().slice(0, 10).replaceAll('-', '')}`;
const day = `from=${farDay.toISOString()}&to=${new Date(farDay.getTime() + dayMs / 2).toISOString()}`;

interface Greed {
  readonly lock: (asker: Asker) => Promise<unknown>;
  readonly ask: (asker: Asker, n: number) => Promise<Answer>;
}

const searches: Greed = {
  lock: () => admin.query(`lock table ${farLog} in access exclusive mode`),
  ask: ({ ask, webhookId }) => ask('GET', `/v3/webhooks/${webhookId}/events?search=sent&${day}`),
};
const changes: Greed = {
  lock: ({ webhookId }) => admin.query('select from webhooks where id = $1 for update', [webhookId]),
  ask: ({ ask, webhookId }, n) =>
    ask(
      'PATCH',
      `/v3/webhooks/${webhookId}/toggle-status`,
      { is_active: true },
      { 'idempotency-key': `n${n}` },
    ),
};

test.each<[string, Greed]>([
  ['searches of the log that a lock holds up', searches],
  ['changes of a webhook whose row is locked', changes],
])('%s hold up their own account and nobody else', async (what, { lock, ask }) => {
  const [greedy, neighbour] = [await newAsker(), await newAsker()];
  await admin.query('begin');
  const outstanding: Promise<unknown>[] = [];
  const late: Answer[] = [];
  let served: Answer[] = [];
  try {
    await lock(greedy);
    for (let n = 0; n < asked; n++) outstanding.push(ask(greedy, n).then((answer) => late.push(answer)));
    await eventually(heldUp, (count) => count === 2);
    served = await askAll(neighbour);
    expectAnswered(served, [200, 201, 202]);
    // All of it came before anything that was held up.
    expect(late.filter(({ status }) => status !== 503)).toEqual([]);
    expect(await heldUp()).toBe(2);
  } finally {
    await admin.query('rollback');
  }
  await Promise.all(outstanding);
  expectAnswered(late, [200, 503]);
  await recordFigure({
    topic: 'Abuse',
    what: `requests of others while ${asked} ${what} are outstanding`,
    tried: served.length,
    survived: served.filter(({ status }) => status < 300).length,
    note: `2 connections were held; of those ${asked}, ${countOf(late, 200)} were answered 200 once the lock was gone, and ${countOf(late, 503)} with 503 before`,
  });
});

function countOf(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

/** What a customer and its platform do, ten times over; its events arrive. */
async function askAll(neighbour: Asker): Promise<Answer[]> {
  const { ask, customer, webhookId } = neighbour;
  const answers: Answer[] = [];
  const before = receiver.requests.length;
  const now = Date.now();
  const today = `from=${new Date(now - dayMs).toISOString()}&to=${new Date(now + dayMs).toISOString()}`;
  for (let round = 0; round < 10; round++) {
    const webhook = { display_name: 'Another', endpoint_url: receiver.url, event_types: ['contact'] };
    answers.push(
      await ask('GET', '/v3/webhooks'),
      // What it finds would be read from the log's days all together, the locked one too.
      await ask('GET', `/v3/webhooks/${webhookId}/events?search=nothing&${today}`),
      await ask('POST', '/v3/webhooks', webhook),
      await ask('GET', '/v3/me'),
      await asPlatform(service, platformKey, [
        { account_id: customer.accountId, event: 'message.sent', payload: {} },
      ]),
    );
  }
  await receiver.waitFor(before + 10);
  return answers;
}

test('however many accounts search for long, publishing, deliveries and the look-up of keys go on', async () => {
  const greedy = await Promise.all([1, 2, 3, 4].map(newAsker));
  const neighbour = await newAsker();
  const before = receiver.requests.length;
  await admin.query('begin');
  const outstanding: Promise<Answer>[] = [];
  const served: Answer[] = [];
  try {
    await searches.lock(neighbour);
    for (let n = 0; n < asked; n++) {
      for (const asker of greedy) outstanding.push(searches.ask(asker, n));
    }
    await eventually(heldUp, (count) => count === 4);
    for (let n = 0; n < 20; n++) {
      const { accountId } = neighbour.customer;
      served.push(
        await asPlatform(service, platformKey, [
          { account_id: accountId, event: 'message.sent', payload: { n } },
        ]),
      );
      served.push(await neighbour.ask('GET', '/v3/webhooks/event-types'));
    }
    expectAnswered(served, [200, 202]);
    await receiver.waitFor(before + 20);
    expect(await heldUp()).toBe(4);
  } finally {
    await admin.query('rollback');
  }
  expectAnswered(await Promise.all(outstanding), [200, 503]);
  await recordFigure({
    topic: 'Abuse',
    what: `events published and keys looked up while ${greedy.length * asked} searches of four accounts, which a lock holds up, are outstanding`,
    tried: served.length,
    survived: served.filter(({ status }) => status < 300).length,
    note: '4 of 6 connections were held',
  });
});

test('a flood of one account’s events leaves room for others, and these do not wait for its end', async () => {
  const [greedy, neighbour] = [(await newAsker()).customer, (await newAsker()).customer];
  for (const customer of [greedy, neighbour])
    expect(await publish(service, platformKey, customer, [0])).toBe(true);
  const answers: { readonly of: 'flood' | 'neighbour'; readonly answer: Answer }[] = [];
  const send = async (of: 'flood' | 'neighbour', events: readonly object[]) => {
    const answer = await asPlatform(service, platformKey, events);
    answers.push({ of, answer });
  };
  const statusesOf = (whose: string) =>
    answers.filter(({ of }) => of === whose).map(({ answer }) => answer.status);
  const before = receiver.requests.length;
  await admin.query('begin');
  const sent: Promise<void>[] = [];
  try {
    // Every event has an id of its producer's, which is stored here.
    await admin.query('lock table dedup_keys in access exclusive mode');
    for (let request = 0; request < 20; request++) {
      const events = Array.from({ length: 1000 }, (_unused, n) => ({
        account_id: greedy.accountId,
        event: 'contact.help',
        id: `flood-${request}-${n}`,
        payload: {},
      }));
      sent.push(send('flood', events));
    }
    await eventually(
      async () => statusesOf('flood'),
      (statuses) => statuses.includes(503),
    );
    for (let n = 0; n < 10; n++) {
      const event = { account_id: neighbour.accountId, event: 'message.sent', id: `own-${n}`, payload: {} };
      sent.push(send('neighbour', [event]));
    }
    // Those have been read when this is answered, or soon after.
    await fetch(`${service.address}/health/live`);
  } finally {
    await admin.query('rollback');
  }
  await Promise.all(sent);
  expectAnswered(
    answers.map(({ answer }) => answer),
    [202, 503],
  );
  const accepted = statusesOf('flood').filter((status) => status === 202).length;
  const served = statusesOf('neighbour').filter((status) => status === 202).length;
  // Half of what may wait.
  expect(accepted).toBe(10);
  expect(served).toBe(10);
  const lastServed = answers.findLastIndex(({ of }) => of === 'neighbour');
  const floodAfter = answers
    .slice(lastServed)
    .filter(({ of, answer }) => of === 'flood' && answer.status === 202).length;
  expect(floodAfter).toBeGreaterThanOrEqual(5);
  await receiver.waitFor(before + served);
  await recordFigure({
    topic: 'Abuse',
    what: 'requests that publish for one account while 20,000 events of another are being published',
    tried: 10,
    survived: served,
    note: `the flood came in 20 requests: ${accepted} were accepted, ${floodAfter} of them answered later than all of the other account's, and ${20 - accepted} refused with 503, which is its share`,
  });
});
