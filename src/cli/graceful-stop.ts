import closeWithGrace from 'close-with-grace';
import { warn } from './say.ts';

/** A backstop only: closing bounds itself. Orchestrators commonly kill after 30 s. */
const closeTimeoutMs = 25_000;

export interface GracefulStop {
  /** Closes and ends the process: with 0, or with 1 where `close` could not do it in time. May be called again. */
  stop(): void;
  forget(): void;
}

/** Also stops on an unexpected error. `signals` are those that the caller hears itself. */
export function onStop(
  close: () => Promise<void>,
  signals: readonly ('SIGINT' | 'SIGTERM' | 'SIGHUP')[],
): GracefulStop {
  let stopping = false;
  const closing = closeWithGrace(
    {
      delay: closeTimeoutMs,
      skip: ['beforeExit', ...signals],
      onSecondSignal: (signal) => warn(`A second ${signal}: stopping at once.`),
      onSecondError: (error) => warn(`Another unexpected error while stopping: ${stackOf(error)}`),
      onTimeout: () => warn(`Stopping took longer than ${closeTimeoutMs / 1000} s: stopping at once.`),
    },
    async ({ err }) => {
      stopping = true;
      if (err !== undefined) warn(`Stopping because of an unexpected error: ${stackOf(err)}`);
      await close();
    },
  );
  return {
    stop() {
      if (!stopping) closing.close();
    },
    forget: closing.uninstall,
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
