import cluster from 'node:cluster';
import { type Command, InvalidArgumentError } from 'commander';
import { type Config, type GivenSettings, parseProcesses } from '../config.ts';
import type { RunningService } from '../service.ts';
import { checkedConfig } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';
import { onStop } from './graceful-stop.ts';
import { warn } from './say.ts';
import { serveMany } from './serve-many.ts';
import { startUpText } from './start-up-text.ts';
import { onStopSignal, stopSignals } from './stop-signals.ts';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the API and deliver events')
    .option('--processes <count>', 'that many processes on one port; wins over POSTHORN_PROCESSES', count)
    .action(serve);
}

function count(text: string): number {
  const parsed = parseProcesses(text);
  if (!parsed.ok) throw new InvalidArgumentError(`It must be ${parsed.error}.`);
  return parsed.value;
}

async function serve(given: GivenSettings): Promise<void> {
  const config = checkedConfig(given);
  if (config === null) return;
  // What another program's cluster has started cannot be the primary of one; that program has its own count.
  await (config.processes > 1 && cluster.isPrimary ? serveMany(config) : serveAlone(config));
}

async function serveAlone(config: Config): Promise<void> {
  let running: RunningService | null = null;
  // Before the start, so that a signal is obeyed then too: nothing is in flight yet, and waiting for a database that
  // is away could take for ever.
  const stopping = onStop(async () => running?.close(), stopSignals);
  const signals = onStopSignal(stopping.stop);
  // Imported here because the other commands need not wait for the whole service to load.
  const { startService } = await import('../service.ts');
  const started = await startService(config, { notify: warn });
  if (started.ok) {
    running = started.value;
    process.stdout.write(startUpText(running, { ...config, processes: 1 }, process.stdout.isTTY));
    return;
  }
  signals.forget();
  stopping.forget();
  warn(`Posthorn could not start: ${started.error}`);
  // An embedded engine that could not start can leave a timer behind, which would keep the process for ever.
  process.exit(exitCodes.failed);
}
