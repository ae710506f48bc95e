/** The whole service in this process, with real sockets, on the database of the run: the embedded one in a directory of its own, or a fresh one on the server. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type RunningService, startService } from '../../src/service.ts';
import type { FirstRunKeys } from '../../src/storage/data-directory.ts';
import { newServerDatabase } from './database.ts';

export interface TestService {
  readonly address: string;
  readonly keys: FirstRunKeys;
  /** Null: the embedded one. */
  readonly databaseUrl: string | null;
  close(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

export async function startTestService(settings: Settings = {}): Promise<TestService> {
  const serverUrl = inject('postgresUrl');
  return serverUrl === undefined ? startEmbedded(settings) : startOnServer(serverUrl, settings);
}

async function startEmbedded(settings: Settings): Promise<TestService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-service-'));
  const running = await start({ POSTHORN_DATA_DIR: dataDir, ...settings });
  if (running.firstRunKeys === null) throw new Error('a new data directory was not new');
  return {
    address: running.address,
    keys: running.firstRunKeys,
    databaseUrl: null,
    async close() {
      await running.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** With an organization and a profile of it, as the embedded service makes them by itself. */
async function startOnServer(serverUrl: string, settings: Settings): Promise<TestService> {
  const platformKey = `php_${randomBytes(16).toString('hex')}`;
  const { url: databaseUrl } = await newServerDatabase(serverUrl);
  const { address, close } = await start({
    DATABASE_URL: databaseUrl,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: randomBytes(32).toString('base64'),
    ...settings,
  });
  const create = async (path: string, body: object): Promise<{ id: string; key: string }> => {
    const response = await fetch(`${address}/platform/v1/accounts${path}`, {
      method: 'POST',
      headers: { 'x-api-key': platformKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as { data: { id: string; key: string } }).data;
  };
  const organization = await create('', { type: 'organization', name: 'My organization' });
  const profile = await create('', { type: 'profile', name: 'My profile', organization_id: organization.id });
  const organizationKey = (await create(`/${organization.id}/api-keys`, {})).key;
  const profileKey = (await create(`/${profile.id}/api-keys`, {})).key;
  const keys = { platformKey, organizationKey, profileId: profile.id, profileKey };
  return { address, keys, databaseUrl, close };
}

async function start(settings: Settings): Promise<RunningService> {
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', ...settings });
  if (!config.ok) throw new Error(config.error.join('\n'));
  const started = await startService(config.value);
  if (!started.ok) throw new Error(started.error);
  return started.value;
}
