import closeWithGrace from 'close-with-grace';
import type { Command } from 'commander';
import type { RunningService } from '../service.ts';
import { checkedConfig } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';
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
      onSecondSignal: (signal) => complain(`A second ${signal}: stopping at once.`),
      onSecondError: (error) => complain(`Another unexpected error while stopping: ${stackOf(error)}`),
      onTimeout: () => complain(`Stopping took longer than ${closeTimeoutMs / 1000} s: stopping at once.`),
    },
    async ({ err }) => {
      if (err !== undefined) complain(`Stopping because of an unexpected error: ${stackOf(err)}`);
      await running?.close();
    },
  );
  const signals = onStopSignal(closing.close);
  // Imported here because the other commands need not wait for the whole service to load.
  const { startService } = await import('../service.ts');
  const started = await startService(config);
  if (started.ok) {
    running = started.value;
    process.stdout.write(startUpText(running));
    return;
  }
  signals.forget();
  closing.uninstall();
  complain(`Posthorn could not start: ${started.error}`);
  process.exitCode = exitCodes.failed;
}

type Welcome = Pick<RunningService, 'address' | 'firstRunKeys' | 'keysFile'>;

/** What a person reads first; log lines follow. */
export function startUpText({ address, firstRunKeys, keysFile }: Welcome): string {
  const listening = `Posthorn listens on ${address}\n`;
  if (firstRunKeys === null) {
    return keysFile === null ? listening : `${listening}\`posthorn keys\` shows the keys in ${keysFile}\n`;
  }
  const webhook = {
    display_name: 'My first webhook',
    endpoint_url: 'http://127.0.0.1:8080/',
    event_types: ['message'],
  };
  return `${listening}
Keys made at this first start${keysFile === null ? '' : `, kept in ${keysFile}`}; \`posthorn keys\` shows them again:
  platform key      ${firstRunKeys.platformKey}
  organization key  ${firstRunKeys.organizationKey}
  profile key       ${firstRunKeys.profileKey}
  profile id        ${firstRunKeys.profileId}

Create a webhook, in another terminal:
  curl -X POST ${address}/v3/webhooks \\
    -H 'x-api-key: ${firstRunKeys.profileKey}' \\
    -H 'content-type: application/json' \\
    -d '${JSON.stringify(webhook)}'

`;
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
