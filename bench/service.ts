/** The built service as its users run it: a process of its own, configured by its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

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
  });
  const exited = once(child, 'exit').then(([code]) => code);
  const origin = await originOf(child, exited);
  return {
    origin,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      // What hangs would be waited for.
      const impatience = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
      await exited;
      clearTimeout(impatience);
    },
  };
}

function originOf(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const hear = (line: string) => {
      const [, origin] = /^Posthorn listens on (\S+)$/.exec(line) ?? [];
      if (origin !== undefined) resolve(origin);
      else if (line.startsWith('{')) process.stderr.write(`${line}\n`);
      lines.push(line);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear);
    exited.then((code) => reject(new Error(`the service ended with ${code}:\n${lines.join('\n')}`)), reject);
  });
}
