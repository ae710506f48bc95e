/** What one delivered event costs at saturation: CPU, statements, and the bytes that it leaves behind. */
import type pg from 'pg';
import type { Bench } from '../bench.ts';
import type { ServerDeployment } from '../deployment.ts';
import { atMost, bytesText, rateText } from '../figures.ts';
import { inBatches, saturateBesideBare, warmUp } from '../saturate.ts';
import type { Scenario } from '../scenario.ts';
import { forgetStatementTimes, statementTimes } from '../statement-times.ts';
import { costText } from '../usage.ts';

const events = 20_000;
const goals = { statements: 0.03, cpuUs: 200 };
const statementsShown = 8;

export const cost: Scenario = {
  name: 'cost',
  summary: 'CPU, SQL statements and stored bytes of a delivered event, and which statements take the time',
  rows: ({ builds }) => 2 * builds.length,
  async run(bench) {
    for (const build of bench.options.builds) {
      const deployment = await bench.deployOnServer({ build });
      await measure(bench, deployment);
      await deployment.stop();
    }
  },
};

async function measure(bench: Bench, deployment: ServerDeployment): Promise<void> {
  const { client, build } = deployment;
  const customers = await warmUp(bench, deployment);
  const count = bench.scaled(events);
  const before = await storageOf(client);
  await forgetStatementTimes(client);
  const run = { customers, fanOut: 1, events: count, payloadBytes: 300, publishing: inBatches };
  const { perSecond, ofBare, cost: each } = await saturateBesideBare(bench, deployment, run);
  noteStatements(bench, build.name, await statementTimes(client), count);
  const { serviceCpuUs, postgresCpuUs, statements } = each;
  const cpuUs = serviceCpuUs === null || postgresCpuUs === null ? null : serviceCpuUs + postgresCpuUs;
  const common = { scenario: 'cost', build: build.name };
  bench.report({
    ...common,
    conditions: 'PostgreSQL, 300 B, batches of 50',
    result: rateText(perSecond),
    ofBare: ofBare.toFixed(2),
    cost: costText(each),
    goal: [atMost(goals.statements, ' SQL', statements), atMost(goals.cpuUs, ' µs', cpuUs)].join('; '),
  });
  const after = await storageOf(client);
  const grown = (name: keyof Storage) => bytesText((after[name] - before[name]) / count);
  bench.report({
    ...common,
    conditions: 'bytes of an event of 300 B',
    result: `event ${grown('events')}, delivery ${grown('deliveries')}, other ${grown('other')}; WAL ${grown('wal')}`,
    ofBare: '',
    cost: '',
    goal: '',
  });
}

/** Bytes with indexes; the queue, which is used again, is not among them. */
interface Storage {
  readonly events: number;
  readonly deliveries: number;
  readonly other: number;
  readonly wal: number;
}

async function storageOf(client: pg.Client): Promise<Storage> {
  const { rows } = await client.query<{ name: string; bytes: string }>(`
    select coalesce(parent.relname, part.relname) as name, sum(pg_total_relation_size(part.oid)) as bytes
    from pg_class part
    left join pg_inherits on inhrelid = part.oid
    left join pg_class parent on parent.oid = inhparent
    where part.relkind = 'r' and part.relnamespace = 'posthorn'::regnamespace
    group by 1
    union all
    select 'wal', pg_current_wal_lsn() - '0/0'`);
  const sizes = new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
  const {
    events: eventBytes = 0,
    deliveries = 0,
    wal = 0,
    pending_deliveries: queue = 0,
  } = Object.fromEntries(sizes);
  const all = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { events: eventBytes, deliveries, wal, other: all - eventBytes - deliveries - wal - queue };
}

function noteStatements(
  bench: Bench,
  build: string,
  statements: Awaited<ReturnType<typeof statementTimes>>,
  count: number,
): void {
  const lines = statements.slice(0, statementsShown).map(({ text, calls, totalMs, meanMs }) => {
    const each = `${((totalMs * 1000) / count).toFixed(1)} µs`;
    return `| ${each} | ${(calls / count).toFixed(4)} | ${meanMs.toFixed(2)} ms | \`${text.slice(0, 70)}…\` |`;
  });
  bench.note(
    `Statements of scenario cost (${build})`,
    ['| time in a delivery | calls in a delivery | mean | statement |', '|---|---|---|---|', ...lines].join(
      '\n',
    ),
  );
}
