/** The two keys of the embedded mode: from the configuration, or made once into the data directory. */
import { join } from 'node:path';
import { encryptionKey } from './config/parsers.ts';
import type { Config } from './config.ts';
import { newPlatformKey } from './domain/api-key.ts';
import { accept, type Result, refuse } from './domain/result.ts';
import { createSecretBox, type SecretBox } from './domain/secret-box.ts';
import type { DataDirectory } from './storage/data-directory.ts';
import type { DirectoryState } from './storage/embedded-check.ts';

export interface EmbeddedKeys {
  readonly platformKey: string;
  readonly secretBox: SecretBox;
}

/** Made where the database is new. The error is a sentence that says what to do. */
export async function readEmbeddedKeys(
  directory: DataDirectory,
  database: DirectoryState,
  config: Config,
  randomBytes: (size: number) => Buffer,
): Promise<Result<EmbeddedKeys, string>> {
  const platformKey =
    config.platformKey === null
      ? await directory.readOrCreateKey('platform.key', () => newPlatformKey(randomBytes(32)))
      : accept(config.platformKey);
  if (!platformKey.ok) return lostKey(platformKey.error, 'POSTHORN_PLATFORM_KEY');
  if (config.secretKeys !== null) {
    return accept({
      platformKey: platformKey.value,
      secretBox: createSecretBox(config.secretKeys, randomBytes),
    });
  }
  const secretKey =
    database === 'absent'
      ? await directory.readOrCreateKey('secret.key', () => randomBytes(32).toString('base64'))
      : await directory.readKey('secret.key');
  if (!secretKey.ok) return lostKey(secretKey.error, 'POSTHORN_SECRET_KEY');
  const parsed = encryptionKey.parse(secretKey.value);
  if (!parsed.ok) {
    const file = join(directory.path, 'secret.key');
    return lostKey(
      `The key file ${file} is damaged: it must hold ${encryptionKey.accepts}`,
      'POSTHORN_SECRET_KEY',
    );
  }
  return accept({
    platformKey: platformKey.value,
    secretBox: createSecretBox([parsed.value], randomBytes),
  });
}

function lostKey(problem: string, variable: string): Result<never, string> {
  return refuse(`${problem}. Restore it from a backup, or set ${variable} to the key.`);
}
