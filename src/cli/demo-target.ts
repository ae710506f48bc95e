/** Where the demo happens: at the service that runs already, or at one of its own. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { accept, type Result, refuse } from '../domain/result.ts';
import { type FirstRunKeys, readFirstRunKeys } from '../storage/data-directory.ts';
import { say, warn } from './say.ts';

export interface DemoTarget {
  readonly address: string;
  readonly keys: FirstRunKeys;
}

/** Registers what has to be undone when the demo ends, in whatever way. */
export type Undoing = (step: () => unknown) => void;

const answerTimeoutMs = 3000;
const ownInstead = 'Starting a service of its own for the demo.';

/** The error is a sentence. */
export async function findDemoTarget(config: Config, undoing: Undoing): Promise<Result<DemoTarget, string>> {
  if (config.databaseUrl !== null) {
    say(`The demo leaves the database of DATABASE_URL alone. ${ownInstead}`);
    return ownService(config, undoing);
  }
  const keys = await readFirstRunKeys(config.dataDir);
  const target = {
    address: addressOf(config),
    keys: keys.ok && keys.value !== null ? withPlatformKey(keys.value, config) : null,
  };
  const misfit = await misfitOf(target);
  if (target.keys !== null && misfit === null) {
    say(`Using the service at ${target.address}`);
    return accept({ address: target.address, keys: target.keys });
  }
  if (misfit !== null && misfit !== nobody) say(`${misfit} ${ownInstead}`);
  return ownService(config, undoing);
}

function withPlatformKey(keys: FirstRunKeys, { platformKey }: Config): FirstRunKeys {
  return { ...keys, platformKey: platformKey ?? keys.platformKey };
}

/** As a client on this machine reaches it. */
function addressOf({ host, port }: Config): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}

const nobody = 'Nobody listens there.';

/** Why the demo cannot be at that address; null when it can. */
async function misfitOf({
  address,
  keys,
}: {
  address: string;
  keys: FirstRunKeys | null;
}): Promise<string | null> {
  const probes = [
    { path: '/v3/me', key: keys?.profileKey },
    { path: `/platform/v1/accounts/${keys?.profileId}`, key: keys?.platformKey },
  ];
  for (const { path, key } of probes) {
    const answer = await ask(`${address}${path}`, key ?? '-');
    if (typeof answer === 'string') {
      return answer === nobody ? nobody : `What listens at ${address} ${answer}.`;
    }
    if (keys === null || answer.status === 401) {
      return `The service at ${address} is not the one that made the keys in this data directory.`;
    }
    if (answer.status !== 200 || answer.id !== keys.profileId) {
      return `The service at ${address} cannot be used: ${path} answered ${answer.status}.`;
    }
  }
  return null;
}

/** The envelope's status and the id in it, or what is wrong. */
async function ask(url: string, key: string): Promise<{ status: number; id: unknown } | string> {
  try {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const response = await fetch(url, { headers: { 'x-api-key': key }, signal });
    const envelope: unknown = JSON.parse(await response.text());
    if (typeof envelope !== 'object' || envelope === null || !('success' in envelope)) {
      return 'is not Posthorn';
    }
    const data = 'data' in envelope ? envelope.data : null;
    const id = typeof data === 'object' && data !== null && 'id' in data ? data.id : null;
    return { status: response.status, id };
  } catch (error) {
    if (error instanceof SyntaxError) return 'is not Posthorn';
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    return timedOut ? `has not answered for ${answerTimeoutMs / 1000} seconds` : nobody;
  }
}

/** On a free port, with a data directory that is removed afterwards. */
async function ownService(config: Config, undoing: Undoing): Promise<Result<DemoTarget, string>> {
  const { startService } = await import('../service.ts');
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-demo-'));
  // In one go, so that a database that is just being made cannot put another file there before the process ends.
  undoing(() => rmSync(dataDir, { recursive: true, force: true }));
  const own: Config = {
    ...config,
    databaseUrl: null,
    dataDir,
    platformKey: null,
    secretKeys: null,
    host: '127.0.0.1',
    port: 0,
    role: 'all',
    processes: 1,
    allowedNetworks: ['127.0.0.0/8'],
    requireHttps: false,
    logLevel: 'warn',
  };
  const started = await startService(own, { notify: warn });
  if (!started.ok) return refuse(`it could not start a service: ${started.error}`);
  const { address, firstRunKeys: keys, close } = started.value;
  undoing(close);
  if (keys === null) return refuse('its own service made no keys');
  say(`Started a service for the demo at ${address}`);
  return accept({ address, keys });
}
