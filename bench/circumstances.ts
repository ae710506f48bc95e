/** What the figures depend on besides the code: for the head of the results. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { postgresSettings } from './postgres-server.ts';

export interface Circumstances {
  readonly startedAt: Date;
  /** Of the machine in the minute before, by others. */
  readonly load: number;
  readonly postgres: string | null;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export async function describeCircumstances({ startedAt, load, postgres }: Circumstances): Promise<string> {
  const { version } = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as { version: string };
  const processors = cpus();
  const settings = Object.entries(postgresSettings).map(([name, value]) => `${name}=${value}`);
  return [
    '# Results',
    '',
    'Written by `npm run bench`; [README.md](README.md) says what each line means.',
    '',
    `- ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${await commit()}, Posthorn ${version}`,
    `- ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, shared by everything that takes part; load ${load.toFixed(2)} before the run`,
    `- Node ${process.version}; PostgreSQL ${postgres ?? 'not used'} with ${settings.join(', ')}, otherwise its defaults (fsync and synchronous_commit on)`,
  ].join('\n');
}

async function commit(): Promise<string> {
  try {
    const git = async (...words: string[]) =>
      (await promisify(execFile)('git', words, { cwd: root })).stdout.trim();
    const isChanged = (await git('status', '--porcelain', '--untracked-files=no')) !== '';
    return `${await git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
