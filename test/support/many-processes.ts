/** `posthorn serve --processes N` as a user runs it, with its processes in a group of their own. */
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { spawnProgram } from './service-process.ts';

export interface ManyProcesses {
  readonly address: string;
  /** Of the primary, and of its group. */
  readonly pid: number;
  /** Of every child that has served, in the order of their starts. */
  childPids(): number[];
  /** Everything that was printed, log lines too. */
  output(): string;
  /** Resolves when a line says `text`; those that were printed before count. */
  said(text: string): Promise<void>;
  readonly exited: Promise<number | null>;
}

export async function startManyProcesses(
  count: number,
  settings: Record<string, string>,
): Promise<ManyProcesses> {
  const program = spawnProgram(
    ['serve', '--processes', String(count)],
    { PORT: '0', LOG_LEVEL: 'info', ...settings },
    { groupLeader: true },
  );
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  for (const stream of [program.stdout, program.stderr]) {
    if (stream === null) throw new Error('the program has no output');
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      for (const listener of listeners) listener();
    });
  }
  const output = () => lines.join('\n');
  const exited = once(program, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  const printed = (what: string, isPrinted: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!isPrinted()) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      exited.then((code) => reject(new Error(`ended with ${code} and without ${what}:\n${output()}`)));
    });
  const said = (text: string) => printed(`"${text}"`, () => output().includes(text));
  const childPids = () => {
    const listening = lines.filter((line) => line.includes('Server listening at'));
    return [...new Set(listening.map((line) => Number(JSON.parse(line).pid)))];
  };
  await said('Posthorn listens on ');
  // Each process prints for itself: what the first says may be there before what the others have said.
  await printed(`the lines of ${count} processes`, () => childPids().length >= count);
  const [, address = ''] = /^Posthorn listens on (\S+)$/m.exec(output()) ?? [];
  const { pid } = program;
  if (pid === undefined) throw new Error('the program could not be started');
  return {
    address,
    pid,
    output,
    said,
    exited,
    childPids,
  };
}

/** Whether there is such a process that has not ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** On a connection of its own, which any of the processes may get. */
export function getOnNewConnection(
  url: string,
  { timeoutMs = 10_000 } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: timeoutMs }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url}`)));
    request.on('error', reject);
  });
}
