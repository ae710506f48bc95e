import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** One build of the service. */
export interface Build {
  readonly name: string;
  readonly cli: string;
}

export interface Options {
  /** Empty: all. */
  readonly scenarios: readonly string[];
  readonly builds: readonly Build[];
  /** A tenth of everything. */
  readonly isQuick: boolean;
  /** Only what has this in its conditions; empty: all. */
  readonly only: string;
  /** Of the service on PostgreSQL, where a scenario does not say; null: as many as it starts by itself. */
  readonly processes: number | null;
  /** Runs of each throughput case; null: as the scenario says. */
  readonly repetitions: number | null;
  readonly isListAsked: boolean;
}

export const usage = `npm run bench -- [scenario …] [options]

Without any, everything is measured, in about a quarter of an hour, and written to bench/RESULTS.md too.

  --list               the scenarios
  --quick              a tenth of everything, to try it out
  --only text          only what has this text in its conditions
  --repeat number      runs of each case of throughput, of which the median is given
  --processes number   of the service on PostgreSQL, where a scenario does not say
  --cli [name=]path    a built dist/cli.js to measure; several are measured alternately, to compare them
`;

const ownBuild = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** @throws with a sentence for the user when an option is not known or has no such value */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      processes: { type: 'string' },
      repeat: { type: 'string' },
      cli: { type: 'string', multiple: true, default: [] },
    },
  });
  const builds = values.cli.map(buildOf);
  return {
    scenarios: positionals,
    builds: builds.length === 0 ? [{ name: 'this', cli: ownBuild }] : builds,
    isQuick: values.quick,
    only: values.only,
    processes: countOf('--processes', values.processes),
    repetitions: countOf('--repeat', values.repeat),
    isListAsked: values.list,
  };
}

function countOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`${option} is a whole number from 1, not ${text}`);
  return count;
}

/** Whether the results are those of everything, of the build that lies beside the benchmark. */
export function isComplete({ scenarios, builds, only, isQuick, processes, repetitions }: Options): boolean {
  const isOwn = builds.length === 1 && builds[0]?.cli === ownBuild;
  return (
    scenarios.length === 0 && isOwn && only === '' && !isQuick && processes === null && repetitions === null
  );
}

export function isWanted(conditions: string, { only }: Options): boolean {
  return conditions.includes(only);
}

function buildOf(text: string, index: number): Build {
  const [, name, path] = /^(?:([^=/]+)=)?(.+)$/.exec(text) ?? [];
  return { name: name ?? `build ${index + 1}`, cli: resolve(path ?? text) };
}
