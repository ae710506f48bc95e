/** One of the processes that serve together, as the primary sees it. */
import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { type ChildMessage, isChildMessage, type PrimaryMessage } from './process-messages.ts';

export interface ChildProcess {
  readonly pid: number | undefined;
  /** Resolves after everything that it said was heard. */
  readonly ended: Promise<End>;
  /** One that has ended hears nothing. */
  tell(message: PrimaryMessage): void;
  kill(): void;
}

export type End =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: string }
  /** The system could not even make the process. */
  | { readonly code: null; readonly signal: null; readonly err: unknown };

const program = fileURLToPath(new URL('./serve-child.js', import.meta.url));
/** What it said may still be on its way when it has ended. */
const lastWordsMs = 200;

/**
 * Most of what a delivery makes is garbage after some milliseconds. With room for twice as much of it before each
 * collection, less is alive and copied: a tenth less CPU per delivery, for up to 32 MB more memory.
 */
const heapOptions = ['--max-semi-space-size=32'];

export function startChildProcess(onMessage: (message: ChildMessage) => void): ChildProcess {
  cluster.setupPrimary({ exec: program, args: [], execArgv: [...process.execArgv, ...heapOptions] });
  let worker: Worker;
  try {
    worker = cluster.fork();
  } catch (err) {
    const ended = Promise.resolve({ code: null, signal: null, err });
    return { pid: undefined, ended, tell() {}, kill() {} };
  }
  // Those of its process are heard below; this one, unheard, would end this process.
  worker.on('error', () => {});
  worker.on('message', (message: unknown) => {
    if (isChildMessage(message)) onMessage(message);
  });
  return {
    pid: worker.process.pid,
    ended: endOf(worker),
    tell(message) {
      // Unheard, the error of a child that ends just now would end this process.
      if (worker.isConnected()) worker.send(message, () => {});
    },
    kill: () => worker.process.kill('SIGKILL'),
  };
}

function endOf({ process: child }: Worker): Promise<End> {
  return new Promise((resolve) => {
    child.on('error', (err) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, err });
    });
    child.once('exit', (code, signal) => {
      const end: End = signal === null ? { code: code ?? 0, signal } : { code: null, signal };
      if (!child.connected) return resolve(end);
      child.once('disconnect', () => resolve(end));
      // Node never tells that a channel is closed on which a connection was just being handed over.
      setTimeout(() => resolve(end), lastWordsMs);
    });
  });
}
