/** A start of the service that can be killed before it is done. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { spawnProgram } from './service-process.ts';

export interface StartingProcess {
  /** With what it printed, once it has ended: of itself with a code, or killed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  kill(): void;
}

export function beginStart(settings: Record<string, string>): StartingProcess {
  const child = spawnProgram(['serve'], { PORT: '0', ...settings });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the program has no output');
  const ended = Promise.all([once(child, 'exit'), text(stdout), text(stderr)]).then(([[code], out, err]) => ({
    code: typeof code === 'number' ? code : null,
    output: out + err,
  }));
  return { ended, kill: () => child.kill('SIGKILL') };
}
