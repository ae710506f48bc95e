/**
 * One of the processes of `serve --processes`: the program that serve-many.ts starts. It has the same environment, prints
 * nothing but log lines, and tells the primary the rest. The primary alone decides when to stop at once.
 */
import cluster from 'node:cluster';
import { readConfig } from '../config.ts';
import type { RunningService } from '../service.ts';
import { exitCodes } from './exit-codes.ts';
import { explain } from './explain.ts';
import { onStop } from './graceful-stop.ts';
import { connectToPrimary } from './primary.ts';

/** Ctrl-C and a terminal that closes reach every process of the group, beside what the primary says. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let running: RunningService | null = null;
const { stop } = onStop(async () => running?.close(), signals);
for (const signal of signals) process.on(signal, stop);
const primary = connectToPrimary(stop);
cluster.worker?.once('disconnect', () => {
  // The primary is gone. Without this, Node would end the process before it has handed back what is in flight.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  stop();
});

try {
  const config = readConfig();
  if (!config.ok) throw new Error(config.error.join(' '));
  const { startService } = await import('../service.ts');
  const started = await startService(config.value, {
    notify: (sentence) => primary.tell({ tells: 'waiting', sentence }),
    metricsOfAll: primary.metricsOfAll,
  });
  if (started.ok) {
    running = started.value;
    primary.serving(running);
  } else {
    fail(`Posthorn could not start: ${started.error}`);
  }
} catch (error) {
  fail(explain(error));
}

function fail(sentence: string): void {
  primary.tell({ tells: 'failed', sentence }, () => process.exit(exitCodes.failed));
}
