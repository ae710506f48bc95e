/** The whole service in this process: embedded database in a directory of its own, real sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { type RunningService, startService } from '../../src/service.ts';
import type { FirstRunKeys } from '../../src/storage/data-directory.ts';

export interface TestService {
  readonly address: string;
  readonly keys: FirstRunKeys;
  close(): Promise<void>;
}

export async function startTestService(settings: Record<string, string> = {}): Promise<TestService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-service-'));
  const config = readConfig({ PORT: '0', POSTHORN_DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...settings });
  if (!config.ok) throw new Error(config.error.join('\n'));
  const started = await startService(config.value);
  if (!started.ok) throw new Error(started.error);
  const running: RunningService = started.value;
  if (running.firstRunKeys === null) throw new Error('a new data directory was not new');
  return {
    address: running.address,
    keys: running.firstRunKeys,
    async close() {
      await running.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
