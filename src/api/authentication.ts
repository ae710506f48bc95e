import type { IncomingHttpHeaders } from 'node:http';
import type { Account } from '../domain/account.ts';
import { hashApiKey, sameKey } from '../domain/api-key.ts';
import { isUuid } from '../domain/identifier.ts';
import { findAccount } from '../storage/accounts.ts';
import { findAccountByKeyHash } from '../storage/api-keys.ts';
import { isRefusal, type Refusal } from './answer.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Session } from './session.ts';

/** A header's value; empty, blank and absent are the same. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return text.trim() === '' ? null : text.trim();
}

/** Who calls /v3: first the key, then the profile that an organization may act as. */
export async function authenticateAccount(
  dependencies: ApiDependencies,
  headers: IncomingHttpHeaders,
): Promise<Session | Refusal> {
  const key = headerOf(headers, 'x-api-key');
  if (key === null) return { refused: 'notAuthenticated' };
  if (sameKey(key, dependencies.platformKey)) return { refused: 'insufficientPermissions' };
  const caller = await findAccountByKeyHash(dependencies.db, hashApiKey(key));
  if (caller === null) return { refused: 'invalidApiKey' };
  if (caller.status === 'suspended') return { refused: 'insufficientPermissions' };

  const profileId = headerOf(headers, 'x-profile-id');
  if (profileId === null) return { caller, account: caller, isScoped: false };
  const profile = await findProfile(dependencies, caller, profileId);
  return isRefusal(profile) ? profile : { caller, account: profile, isScoped: true };
}

async function findProfile(
  dependencies: ApiDependencies,
  caller: Account,
  profileId: string,
): Promise<Account | Refusal> {
  if (caller.type !== 'organization') return { refused: 'insufficientPermissions' };
  if (!isUuid(profileId)) return { refused: 'invalidProfileId' };
  const profile = await findAccount(dependencies.db, profileId);
  if (profile === null || profile.organizationId !== caller.id) return { refused: 'customerNotFound' };
  return profile.status === 'suspended' ? { refused: 'insufficientPermissions' } : profile;
}

/** Null: the caller holds the platform key. */
export async function authenticatePlatform(
  dependencies: ApiDependencies,
  headers: IncomingHttpHeaders,
): Promise<Refusal | null> {
  const key = headerOf(headers, 'x-api-key');
  if (key === null) return { refused: 'notAuthenticated' };
  if (sameKey(key, dependencies.platformKey)) return null;
  const account = await findAccountByKeyHash(dependencies.db, hashApiKey(key));
  return { refused: account === null ? 'invalidApiKey' : 'insufficientPermissions' };
}
