import { exitCodes } from './exit-codes.ts';

export const stopSignals = ['SIGINT', 'SIGTERM'] as const;
/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. No person is that fast a second time. */
const echoMs = 1000;

/** Calls `stop` at the first signal; a second one, later than an echo of the first, ends the process at once. */
export function onStopSignal(stop: () => void): { forget(): void } {
  let stopping = false;
  let mayBeEcho = true;
  const hear = (signal: NodeJS.Signals) => {
    if (!stopping) {
      stopping = true;
      setTimeout(() => {
        mayBeEcho = false;
      }, echoMs).unref();
      stop();
    } else if (!mayBeEcho) {
      process.stderr.write(`A second ${signal}: stopping at once.\n`);
      process.exit(exitCodes.failed);
    }
  };
  for (const signal of stopSignals) process.on(signal, hear);
  return {
    forget() {
      for (const signal of stopSignals) process.off(signal, hear);
    },
  };
}
