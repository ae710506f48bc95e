/** A process is killed while endpoints hang: what it held goes to another one within the time of a lease. */
import sql from 'sql-template-tag';
import { expect, test } from 'vitest';
import { leaseMs } from '../../src/storage/leases.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { startTestEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, aWebhook, testSecretKey } from '../support/factory.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServerProcess } from '../support/service-process.ts';

const platformKey = 'php_platform-key-of-the-test';
const count = 20;

test('what a killed process was sending is sent by another, at once after its leases', async () => {
  const server = await startPostgres();
  const receiver = await startReceiver({ fault: 'hang' });
  await server.createDatabase('killed');
  const url = `${server.url}/killed`;
  const killed = await startServerProcess({
    DATABASE_URL: url,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_PROCESSES: '1',
  });
  const db = openPostgres({ url, connectionsMax: 4, onTrouble: () => {} });
  const survivor = startTestEngine(db);
  try {
    const account = await anAccount(db);
    await aWebhook(db, account, { endpointUrl: receiver.url });
    const published = await fetch(`${killed.address}/platform/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': platformKey },
      body: JSON.stringify({
        events: Array.from({ length: count }, (_, n) => ({
          account_id: account,
          event: 'message.sent',
          payload: { n },
        })),
      }),
    });
    expect(published.status).toBe(202);
    await receiver.waitFor(count);
    const leases = () =>
      db.query<{ lease: string; ends: Date; left_ms: number }>(sql`
        select lease, max(due_at) as ends, extract(epoch from max(due_at) - clock_now())::float8 * 1000 as left_ms
        from pending_deliveries group by lease`);
    const [before] = await leases();
    // It holds them for longer than a lease lasts only because it renews them.
    await eventually(leases, ([held]) => Number(held?.ends) > Number(before?.ends) + leaseMs);
    expect(receiver.requests).toHaveLength(count);

    await killed.end('SIGKILL');
    const diedAt = Date.now();
    const left = await leases();
    expect(left.map(({ lease }) => lease)).toEqual([before?.lease]);
    expect(left[0]?.left_ms).toBeLessThanOrEqual(leaseMs);
    receiver.respondWith({});
    const requests = await receiver.waitFor(2 * count);
    process.stdout.write(
      `SIGKILL: ${count} deliveries rescued after ${(requests.at(-1)?.at ?? 0) - diedAt} ms\n`,
    );
    await eventually(
      () => db.query(sql`select from pending_deliveries`),
      (rows) => rows.length === 0,
    );
    const ids = receiver.requests.map(({ headers }) => headers['x-webhook-event-id']);
    expect(ids.slice(count).sort()).toEqual(ids.slice(0, count).sort());
  } finally {
    await killed.end('SIGKILL');
    await survivor.close();
    await db.close();
    await receiver.close();
    await server.stop();
  }
}, 120_000);
