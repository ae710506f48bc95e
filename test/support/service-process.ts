/** The built service as a process of its own, to be signalled and killed like a user's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FirstRunKeys } from '../../src/storage/data-directory.ts';

const builtProgram = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface ServiceProcess extends ServerProcess {
  readonly keys: FirstRunKeys;
}

export interface ServerProcess {
  readonly address: string;
  readonly pid: number;
  /** Everything it has printed. */
  output(): string;
  /** Resolves with the exit code, or null when the signal ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<number | null>;
  /** The system lets it do nothing at all until it is resumed or killed; what it has asked for is still done by others. */
  freeze(): void;
  resume(): void;
}

/** With an embedded database. Resolves once it listens. @throws with its output when it ends before that */
export async function startServiceProcess(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<ServiceProcess> {
  const started = await startServerProcess({ POSTHORN_DATA_DIR: dataDir, ...settings });
  const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8'));
  return { ...started, keys };
}

/** With the database of its settings. Resolves once it listens. @throws with its output when it ends before that */
export async function startServerProcess(
  settings: Record<string, string>,
  program = builtProgram,
): Promise<ServerProcess> {
  const child = spawnProgram(['serve'], { PORT: '0', LOG_LEVEL: 'warn', ...settings }, { program });
  const lines: string[] = [];
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  const address = await new Promise<string>((resolve, reject) => {
    const hear = (line: string) => {
      lines.push(line);
      const [, listening] = /^Posthorn listens on (\S+)$/.exec(line) ?? [];
      if (listening !== undefined) resolve(listening);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear);
    exited.then((code) => reject(new Error(`the service ended with ${code}:\n${lines.join('\n')}`)), reject);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('a service that listens has no process');
  return {
    address,
    pid,
    output: () => lines.join('\n'),
    end(signal) {
      child.kill(signal);
      return exited;
    },
    freeze() {
      child.kill('SIGSTOP');
    },
    resume() {
      child.kill('SIGCONT');
    },
  };
}

/** Only what is given here, and nothing of the surrounding environment, configures it. */
export function spawnProgram(
  words: readonly string[],
  settings: Record<string, string>,
  { groupLeader = false, program = builtProgram } = {},
): ChildProcess {
  return spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: groupLeader,
  });
}
