import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimStatement } from '../../src/storage/claims.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { aClaim, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Node[];
}

const waitingWebhooks = 2000;
const perWebhook = 32;
const rowsMax = 5000;

let db: Database;
let account: string;
let busy: string;

beforeAll(async () => {
  db = await openTestDatabase();
  // Nothing may tidy up between two measurements.
  await db.execute('alter table pending_deliveries set (autovacuum_enabled = false)');
  account = await anAccount(db);
  busy = (await aWebhook(db, account)).id;
  await fillWaiting();
});
afterAll(() => db.close());

/** Webhooks with three deliveries each that wait for a retry. */
async function fillWaiting(): Promise<void> {
  await db.query(sql`
    with waiting as (
      insert into webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, patterns,
        retry_count, timeout_seconds)
      select gen_random_uuid(), ${account}, 'Waiting', 'https://example.com', 'sealed', '{contact}', '{contact.*}', 3, 30
      from generate_series(1, ${waitingWebhooks}::int)
      returning id
    )
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, attempts)
    select waiting.id, gen_random_uuid(), gen_random_uuid(), 'contact.help', 'contact', now() + interval '1 hour', 1
    from waiting cross join generate_series(1, 3)`);
}

async function addBacklog(count: number): Promise<void> {
  const event = anEvent(account);
  await publishEvents(db, [event]);
  await db.query(sql`
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
    select ${busy}, gen_random_uuid(), ${event.id}, 'message.delivered', 'message', now() - n * interval '1 millisecond'
    from generate_series(1, ${count}::int) n`);
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** Claims once, and tells what that took of the queue. */
async function claimOnce(after: string | null) {
  const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    sql`explain (analyze, buffers, timing off, format json) ${claimStatement(aClaim({ limit: 256, perWebhook, after }))}`,
  );
  const root = row?.['QUERY PLAN'][0].Plan;
  if (root === undefined) throw new Error('there is no plan');
  const onQueue = nodesOf(root).filter((node) => node['Relation Name'] === 'pending_deliveries');
  const scans = onQueue.filter((node) => node['Node Type'] !== 'ModifyTable');
  const rows = scans.reduce((sum, node) => {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    return sum + (node['Actual Rows'] + removed) * node['Actual Loops'];
  }, 0);
  const update = onQueue.find((node) => node['Node Type'] === 'ModifyTable');
  return {
    leased: update?.['Actual Rows'] ?? 0,
    scans: new Set(scans.map((node) => node['Node Type'])),
    rows,
    blocks: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
  };
}

/** One claim after the other over all webhooks, as one process does it. */
async function sweep() {
  const claims: Awaited<ReturnType<typeof claimOnce>>[] = [];
  const lanes = await db.query<{ id: string }>(
    sql`select distinct webhook_id as id from pending_deliveries order by 1`,
  );
  for (let position = 0; position < lanes.length; position += 500) {
    claims.push(await claimOnce(lanes[position - 1]?.id ?? null));
  }
  return claims;
}

async function expectCheapSweep(): Promise<number> {
  const claims = await sweep();
  for (const { scans, rows, blocks } of claims) {
    expect([...scans].filter((type) => !/^Index (Only )?Scan$/.test(type))).toEqual([]);
    expect(rows).toBeLessThan(rowsMax);
    expect(blocks).toBeLessThan(2 * rowsMax);
  }
  expect(claims.map(({ leased }) => leased).filter((leased) => leased > 0)).toEqual([perWebhook]);
  return claims.reduce((sum, { rows }) => sum + rows, 0);
}

describe('claiming reads the queue by its indexes only, a bounded number of rows', () => {
  let withoutBacklog: number;

  test('beside 2,000 webhooks that wait', async () => {
    await addBacklog(100);
    withoutBacklog = await expectCheapSweep();
  });

  test('and 100,000 deliveries of one webhook, before the statistics know of them', async () => {
    await addBacklog(100_000);
    expect(await expectCheapSweep()).toBeLessThan(withoutBacklog * 1.1 + 100);
  });

  test('and when the statistics know', async () => {
    await db.execute('analyze');
    expect(await expectCheapSweep()).toBeLessThan(withoutBacklog * 1.1 + 100);
  });

  test('and when half of the backlog was sent and nothing was tidied up', async () => {
    await db.query(sql`
      delete from pending_deliveries where webhook_id = ${busy} and due_at < now() - interval '50 seconds'`);
    await expectCheapSweep();
    expect(await expectCheapSweep()).toBeLessThan(withoutBacklog * 1.1 + 100);
  });
});
