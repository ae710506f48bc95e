/** The demo itself: beside a running service or with one of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sent } from '@sentdm/sentdm';
import type { Config } from '../config.ts';
import { type FirstRunKeys, readFirstRunKeys } from '../storage/data-directory.ts';
import { type Arrival, startDemoReceiver } from './demo-receiver.ts';
import { exitCodes } from './exit-codes.ts';

const lifecycle = ['queued', 'routed', 'sent', 'delivered', 'read'] as const;
const patienceMs = 20_000;

interface Target {
  readonly address: string;
  readonly keys: FirstRunKeys;
  close(): Promise<void>;
}

export async function runDemo(config: Config): Promise<void> {
  const target = (await runningService(config)) ?? (await ownService(config));
  if (target === null) {
    process.exitCode = exitCodes.failed;
    return;
  }
  try {
    const verified = await showLifecycle(target);
    say(`\n${verified} of ${lifecycle.length} deliveries arrived and were verified.`);
    if (verified < lifecycle.length) process.exitCode = exitCodes.failed;
  } finally {
    await target.close();
  }
}

/** The service that this configuration would start, when it runs already. */
async function runningService(config: Config): Promise<Target | null> {
  const address = `http://${config.host}:${config.port}`;
  const answers = await fetch(`${address}/health/ready`).then(
    (response) => response.ok,
    () => false,
  );
  if (!answers) return null;
  const stored = await readFirstRunKeys(config.dataDir);
  if (!stored.ok || stored.value === null) {
    say(
      `A service runs at ${address}, but its keys are not in ${config.dataDir}: starting one for the demo.`,
    );
    return null;
  }
  say(`Using the service at ${address}`);
  const keys = { ...stored.value, platformKey: config.platformKey ?? stored.value.platformKey };
  return { address, keys, close: async () => {} };
}

/** A service of its own on a free port, with a data directory that is removed afterwards. */
async function ownService(config: Config): Promise<Target | null> {
  const { startService } = await import('../service.ts');
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-demo-'));
  const started = await startService({
    ...config,
    databaseUrl: null,
    dataDir,
    platformKey: null,
    secretKeys: null,
    host: '127.0.0.1',
    port: 0,
    role: 'all',
    allowedNetworks: ['127.0.0.0/8'],
    requireHttps: false,
    logLevel: 'warn',
  });
  if (!started.ok || started.value.firstRunKeys === null) {
    process.stderr.write(
      `The demo could not start a service: ${started.ok ? 'it made no keys' : started.error}\n`,
    );
    await rm(dataDir, { recursive: true, force: true });
    return null;
  }
  const { address, firstRunKeys: keys, close } = started.value;
  say(`Started a service for the demo at ${address}`);
  return {
    address,
    keys,
    async close() {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** @returns how many deliveries arrived and were verified */
async function showLifecycle({ address, keys }: Target): Promise<number> {
  const sent = new Sent({ apiKey: keys.profileKey, baseURL: address });
  const arrivals = collectArrivals(lifecycle.length);
  const receiver = await startDemoReceiver(arrivals.add);
  try {
    const { data: webhook } = await sent.webhooks.create({
      display_name: 'Demo',
      endpoint_url: receiver.url,
      event_types: ['message'],
    });
    if (!webhook?.id || !webhook.signing_secret)
      throw new Error('the webhook was created without id or secret');
    receiver.trust(webhook.signing_secret);
    say(`Registered ${receiver.url} through the official SDK as webhook ${webhook.id}\n`);
    for (const step of lifecycle) await publish(address, keys, `message.${step}`);
    await arrivals.all;
    await sent.webhooks.delete(webhook.id);
    return arrivals.verified();
  } finally {
    await receiver.close();
  }
}

async function publish(address: string, keys: FirstRunKeys, event: string): Promise<void> {
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
  if (response.status !== 202)
    throw new Error(`publishing answered ${response.status}: ${await response.text()}`);
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
      say(
        `  ${eventName.padEnd(20)} attempt ${attempt}   ${verified ? 'signature verified' : 'SIGNATURE NOT VALID'}`,
      );
      if (arrived.length === expected) finish();
    },
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
