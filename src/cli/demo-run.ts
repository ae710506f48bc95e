/** The demo: a message's lifecycle, published and delivered. Whatever ends it, nothing of it stays behind. */
import type { Config } from '../config.ts';
import { accept, type Result, refuse } from '../domain/result.ts';
import { messageOf, registerWebhook } from './demo-client.ts';
import { type Arrival, startDemoReceiver } from './demo-receiver.ts';
import { type DemoTarget, findDemoTarget, type Undoing } from './demo-target.ts';
import { exitCodes } from './exit-codes.ts';
import { say, warn } from './say.ts';
import { onStopSignal } from './stop-signals.ts';

const lifecycle = ['queued', 'routed', 'sent', 'delivered', 'read'] as const;
const patienceMs = 20_000;

export async function runDemo(config: Config): Promise<void> {
  const undoings: (() => unknown)[] = [];
  const interrupted = new Promise<Result<number, string>>((resolve) =>
    onStopSignal(() => resolve(refuse('it was interrupted'))),
  );
  const shown = await Promise.race([
    interrupted,
    demonstrate(config, (step) => undoings.push(step)).catch((error: unknown) => refuse(reasonOf(error))),
  ]);
  for (const undo of undoings.reverse()) await undo();
  if (!shown.ok) {
    warn(`The demo ended early: ${shown.error}`);
    // A service that was interrupted while it started would go on.
    process.exit(exitCodes.failed);
  }
  say(`\n${shown.value} of ${lifecycle.length} deliveries arrived and were verified.`);
  process.exit(shown.value < lifecycle.length ? exitCodes.failed : exitCodes.done);
}

/** Gives how many deliveries arrived and were verified. */
async function demonstrate(config: Config, undoing: Undoing): Promise<Result<number, string>> {
  const found = await findDemoTarget(config, undoing);
  if (!found.ok) return found;
  const target = found.value;
  const arrivals = collectArrivals(lifecycle.length);
  const receiver = await startDemoReceiver(arrivals.add);
  undoing(receiver.close);
  const webhook = await registerWebhook(target, receiver.url);
  if (!webhook.ok) return webhook;
  undoing(webhook.value.remove);
  receiver.trust(webhook.value.signingSecret);
  say(`Registered ${receiver.url} through the official SDK as webhook ${webhook.value.id}\n`);
  for (const step of lifecycle) {
    const published = await publish(target, `message.${step}`);
    if (!published.ok) return published;
  }
  await arrivals.all;
  return accept(arrivals.verified());
}

async function publish({ address, keys }: DemoTarget, event: string): Promise<Result<null, string>> {
  const response = await fetch(`${address}/platform/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': keys.platformKey },
    body: JSON.stringify({
      account_id: keys.profileId,
      event,
      payload: {
        message_id: 'demo-1',
        message_status: event.slice('message.'.length).toUpperCase(),
        channel: 'sms',
      },
    }),
  });
  if (response.status === 202) return accept(null);
  const message = messageOf(await response.json().catch(() => null));
  return refuse(
    `publishing ${event} was answered ${response.status}${message === null ? '' : `: ${message}`}`,
  );
}

/** Prints one line per delivery; `all` is fulfilled when every one arrived, or after a while. */
function collectArrivals(expected: number) {
  const arrived: Arrival[] = [];
  let finish: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    finish = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return {
    all,
    verified: () => arrived.filter(({ verified }) => verified).length,
    add(arrival: Arrival) {
      arrived.push(arrival);
      const { eventName, attempt, verified } = arrival;
      const verdict = verified ? 'signature verified' : 'SIGNATURE NOT VALID';
      say(`  ${eventName.padEnd(20)} attempt ${attempt}   ${verdict}`);
      if (arrived.length === expected) finish();
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
