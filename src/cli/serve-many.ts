/**
 * The primary of `serve --processes`: it opens no database and serves nothing, but starts the processes that do, speaks
 * for them to the person at the terminal, and stops them. docs/decisions/0008-many-processes.md.
 */
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { startChildProcesses } from './child-processes.ts';
import { exitCodes } from './exit-codes.ts';
import { onStop } from './graceful-stop.ts';
import { warn } from './say.ts';
import { startUpText } from './start-up-text.ts';
import { onStopSignal, stopSignals } from './stop-signals.ts';

export async function serveMany(config: Config): Promise<void> {
  const children = startChildProcesses({
    count: config.processes,
    log: createLog(config.logLevel),
    notify: warn,
  });
  // Where this process has to end at once, its children do too.
  process.once('exit', children.kill);
  const stopping = onStop(async () => {
    if (!(await children.stop())) process.exit(exitCodes.failed);
  }, stopSignals);
  onStopSignal(stopping.stop);
  const started = await children.started;
  if (started.ok) {
    const welcome = { address: started.value, firstRunKeys: null, keysFile: null };
    process.stdout.write(startUpText(welcome, config, process.stdout.isTTY));
    return;
  }
  warn(started.error);
  await children.stop();
  process.exit(exitCodes.failed);
}
