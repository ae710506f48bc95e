import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readFirstRunKeys } from '../storage/data-directory.ts';
import { checkedConfig } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';

export function addKeys(program: Command): void {
  program.command('keys').description('Show the keys that the first start made').action(showKeys);
}

async function showKeys(): Promise<void> {
  const config = checkedConfig();
  if (config === null) return;
  if (config.databaseUrl !== null) {
    process.stdout.write(
      'With DATABASE_URL no keys are made: the platform key is POSTHORN_PLATFORM_KEY, and with it accounts and ' +
        'their keys are made through POST /platform/v1/accounts and POST /platform/v1/accounts/{id}/api-keys.\n',
    );
    return;
  }
  const keys = await readFirstRunKeys(config.dataDir);
  if (!keys.ok) return fail(keys.error);
  if (keys.value === null) {
    const platformKeyFile = join(config.dataDir, 'platform.key');
    if (existsSync(platformKeyFile)) {
      return fail(
        `keys.json is gone from ${config.dataDir}. Make a new key with the platform key in ${platformKeyFile} ` +
          'at POST /platform/v1/accounts/{id}/api-keys; GET /platform/v1/accounts lists the accounts.',
      );
    }
    return fail(
      `There are no keys in ${config.dataDir} yet: the first start of \`npx posthorn serve\` makes them.`,
    );
  }
  const { platformKey, organizationKey, profileKey, profileId } = keys.value;
  process.stdout.write(
    [
      `platform key      ${config.platformKey === null ? platformKey : 'the value of POSTHORN_PLATFORM_KEY'}`,
      `organization key  ${organizationKey}`,
      `profile key       ${profileKey}`,
      `profile id        ${profileId}`,
      '',
    ].join('\n'),
  );
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = exitCodes.failed;
}
