/** The built service as its users run it: a process of its own, configured by its environment. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export const platformKey = 'php_benchmark';
const secretKey = Buffer.alloc(32, 7).toString('base64');

const stopMsMax = 2000;

export type Settings = Readonly<Record<string, string>>;

export interface Service {
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** The built command, `dist/cli.js`. */
  readonly cli: string;
  readonly dataDir: string;
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl?: string;
  readonly settings?: Settings;
}

/** Whether this build can run as several processes by itself. */
export async function canRunProcesses(cli: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'serve', '--help']);
  return stdout.includes('--processes');
}

/** Resolves once it listens. @throws with its output when it ends before that */
export async function startService({
  cli,
  dataDir,
  databaseUrl,
  settings,
}: ServiceOptions): Promise<Service> {
  const child = spawn(process.execPath, [cli, 'serve'], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'error',
      POSTHORN_DATA_DIR: dataDir,
      POSTHORN_PLATFORM_KEY: platformKey,
      POSTHORN_SECRET_KEY: secretKey,
      POSTHORN_RATE_LIMIT: '0',
      POSTHORN_RATE_LIMIT_ROTATE: '0',
      POSTHORN_RATE_LIMIT_TEST: '0',
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with all its processes.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${cli} could not be started`);
  const killAtExit = () => killGroup(pid);
  process.once('exit', killAtExit);
  const exited = once(child, 'exit').then(([code]) => code);
  const origin = await originOf(child, exited);
  return {
    origin,
    pid,
    async stop() {
      child.kill('SIGTERM');
      // What hangs would be waited for.
      const impatience = setTimeout(() => killGroup(pid), stopMsMax);
      await exited;
      clearTimeout(impatience);
      process.off('exit', killAtExit);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function originOf(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  let errorsShown = 0;
  return new Promise((resolve, reject) => {
    const hear = (line: string) => {
      const [, origin] = /^Posthorn listens on (\S+)$/.exec(line) ?? [];
      if (origin !== undefined) resolve(origin);
      else if (line.startsWith('{') && errorsShown++ < errorsShownMax)
        process.stderr.write(`${errorOf(line)}\n`);
      lines.push(line);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear);
    exited.then((code) => reject(new Error(`the service ended with ${code}:\n${lines.join('\n')}`)), reject);
  });
}

const errorsShownMax = 5;

/** Without its stack: a run that goes wrong says the same thing many times. */
function errorOf(line: string): string {
  const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
  return `the service says: ${msg}: ${err?.message}`;
}
