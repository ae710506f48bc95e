/** Ten minutes, embedded five, at the highest rate that the service takes: what it holds stays as it is, everything arrives once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DatabaseKind } from '../../bench/deployment.ts';
import { medianOf } from '../../bench/percentiles.ts';
import type { Round, Sample, SoakLine, Summary } from '../../bench/soaked.ts';
import { recordFigure } from '../support/figures.ts';

const program = fileURLToPath(new URL('../../bench/dist/soak.js', import.meta.url));
/** Of each process; the embedded database is in it, with the buffers of a server. */
const memoryMax = { PostgreSQL: 300e6, embedded: 800e6 };

test.each<[DatabaseKind, number]>([
  ['PostgreSQL', 600],
  ['embedded', 300],
])(
  'memory, files and the bytes of an event grow by no more than a quarter, and nothing is lost: %s',
  async (database, seconds) => {
    const { samples, rounds, summary } = await soak(database, seconds);
    const memory = trend(samples, ({ memoryBytes }) => Math.max(...memoryBytes));
    const files = trend(samples, ({ openFiles }) => sum(openFiles));
    const eventBytes = bytesOfAnEvent(samples, rounds);
    const notes = [
      `${(summary.events / summary.seconds).toFixed(0)} events/s for ${(summary.seconds / 60).toFixed(0)} min`,
      `largest process ${megabytes(memory.early)} early and ${megabytes(memory.late)} late`,
      `${files.early} and ${files.late} open files`,
      `${eventBytes.early.toFixed(0)} and ${eventBytes.late.toFixed(0)} B stored for an event`,
    ];
    expect(memory.late).toBeLessThan(memory.early * 1.25);
    expect(memory.late).toBeLessThan(memoryMax[database]);
    expect(files.late).toBeLessThan(files.early * 1.25);
    expect(eventBytes.late).toBeLessThan(eventBytes.early * 1.25);
    if (database === 'PostgreSQL') {
      const queued = trend(samples, (sample) => known(sample.queued));
      const queueBytes = trend(samples, (sample) => known(sample.queueBytes));
      expect(queued.late).toBeLessThan(queued.early * 2 + 1000);
      expect(queueBytes.late).toBeLessThan(queueBytes.early * 2);
      notes.push(
        `${queued.early} and ${queued.late} deliveries queued in ${megabytes(queueBytes.early)} and ${megabytes(queueBytes.late)}`,
      );
    }
    expect(summary.arrived).toBe(summary.events);
    expect(summary.repeated).toBe(0);
    await recordFigure({
      topic: 'Load held',
      what: `events in batches of 50, as fast as they are taken, ${database}`,
      tried: summary.events,
      survived: summary.arrived,
      lost: summary.events - summary.arrived,
      duplicated: summary.repeated,
      note: notes.join('; '),
    });
  },
);

interface Soaked {
  readonly samples: readonly Sample[];
  readonly rounds: readonly Round[];
  readonly summary: Summary;
}

async function soak(database: DatabaseKind, seconds: number): Promise<Soaked> {
  const child = spawn(process.execPath, [program, database, String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const samples: Sample[] = [];
  const rounds: Round[] = [];
  let summary: Summary | null = null;
  const exited = once(child, 'exit');
  for await (const text of createInterface(child.stdout)) {
    const line: SoakLine = JSON.parse(text);
    if (line.kind === 'sample') samples.push(line);
    else if (line.kind === 'round') rounds.push(line);
    else summary = line;
    process.stdout.write(`${text}\n`);
  }
  expect(await exited).toEqual([0, null]);
  if (summary === null) throw new Error('the soak ended without its summary');
  return { samples, rounds, summary };
}

interface Trend {
  /** The median of the second quarter: at the very start everything grows. */
  readonly early: number;
  /** The median of the last quarter. */
  readonly late: number;
}

function trend(samples: readonly Sample[], of: (sample: Sample) => number): Trend {
  const quarter = Math.floor(samples.length / 4);
  expect(quarter).toBeGreaterThan(0);
  return {
    early: medianOf(samples.slice(quarter, 2 * quarter).map(of)),
    late: medianOf(samples.slice(-quarter).map(of)),
  };
}

/** What the database grew by from the beginning of a quarter to its end, for each event that arrived meanwhile. */
function bytesOfAnEvent(samples: readonly Sample[], rounds: readonly Round[]): Trend {
  const quarter = Math.floor(samples.length / 4);
  const growth = (first: Sample | undefined, last: Sample | undefined) => {
    if (first === undefined || last === undefined) throw new Error('there are too few samples');
    const events = eventsAt(rounds, last.seconds) - eventsAt(rounds, first.seconds);
    return (last.databaseBytes - first.databaseBytes) / events;
  };
  return {
    early: growth(samples[quarter], samples[2 * quarter]),
    late: growth(samples.at(-quarter - 1), samples.at(-1)),
  };
}

function eventsAt(rounds: readonly Round[], seconds: number): number {
  const after = rounds.findIndex((round) => round.seconds > seconds);
  const [last, next] = [rounds[after - 1], rounds[after]];
  const [fromSeconds, fromEvents] = [last?.seconds ?? 0, last?.events ?? 0];
  if (next === undefined) return rounds.at(-1)?.events ?? 0;
  const share = (seconds - fromSeconds) / (next.seconds - fromSeconds);
  return fromEvents + share * (next.events - fromEvents);
}

function known(value: number | null): number {
  if (value === null) throw new Error('a PostgreSQL server says what it holds');
  return value;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
