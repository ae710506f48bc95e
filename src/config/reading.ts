/** Looks one setting up in an environment: its text, what is wrong with it, and how it may be shown. */
import { postgresUrl } from './parsers.ts';
import type { Setting } from './setting.ts';
import { table } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Null when the variable is not set; an empty one counts as not set. */
export function textOf(setting: Setting, environment: Environment): string | null {
  return environment[setting.name]?.trim() || null;
}

/** A sentence; null when the setting is as it should be. */
export function problemOf(setting: Setting, environment: Environment): string | null {
  const text = textOf(setting, environment);
  if (text === null) return missing(setting, environment);
  const parsed = setting.parse(text);
  if (parsed.ok) return null;
  const found = setting.secret ? '' : `, but it is "${parsed.error}"`;
  return `${setting.name} must be ${setting.accepts}${found}.`;
}

/** Processes on one database must share these two keys, so none of them may make its own. */
function missing(setting: Setting, environment: Environment): string | null {
  if (textOf(table.databaseUrl, environment) === null) return null;
  if (setting === table.platformKey) {
    return `${setting.name} must be set when DATABASE_URL is; \`openssl rand -hex 32\` makes one.`;
  }
  if (setting === table.secretKeys) {
    return `${setting.name} must be set when DATABASE_URL is; \`openssl rand -base64 32\` makes one.`;
  }
  return null;
}

/** What may be shown of a secret: of a database URL, all but its passwords. */
export function masked(secret: string): string {
  if (!postgresUrl.parse(secret).ok) return '(hidden)';
  const url = new URL(secret);
  if (url.password !== '') url.password = '****';
  for (const name of [...url.searchParams.keys()]) {
    if (/password/i.test(name)) url.searchParams.set(name, '****');
  }
  return url.href;
}
