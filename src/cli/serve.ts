import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';
import type { RunningService } from '../service.ts';
import { checkedConfig } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';
import { warn } from './say.ts';
import { startUpText } from './start-up-text.ts';
import { onStopSignal } from './stop-signals.ts';

/** A backstop only: closing bounds itself. Orchestrators commonly kill after 30 s. */
const closeTimeoutMs = 25_000;

export function addServe(program: Command): void {
  program.command('serve').description('Serve the API and deliver events').action(serve);
}

async function serve(): Promise<void> {
  const config = checkedConfig();
  if (config === null) return;
  let running: RunningService | null = null;
  // Before the start, so that a signal is obeyed then too: nothing is in flight yet, and waiting for a database that
  // is away could take for ever.
  const closing = closeWithGrace(
    {
      delay: closeTimeoutMs,
      skip: ['beforeExit', 'SIGINT', 'SIGTERM'],
      onSecondSignal: (signal) => warn(`A second ${signal}: stopping at once.`),
      onSecondError: (error) => warn(`Another unexpected error while stopping: ${stackOf(error)}`),
      onTimeout: () => warn(`Stopping took longer than ${closeTimeoutMs / 1000} s: stopping at once.`),
    },
    async ({ err }) => {
      if (err !== undefined) warn(`Stopping because of an unexpected error: ${stackOf(err)}`);
      await running?.close();
    },
  );
  const signals = onStopSignal(closing.close);
  // Imported here because the other commands need not wait for the whole service to load.
  const { startService } = await import('../service.ts');
  const started = await startService(config, warn);
  if (started.ok) {
    running = started.value;
    process.stdout.write(startUpText(running, config));
    return;
  }
  signals.forget();
  closing.uninstall();
  warn(`Posthorn could not start: ${started.error}`);
  process.exitCode = exitCodes.failed;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
