import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Account } from '../domain/account.ts';
import { sameKey } from '../domain/api-key.ts';
import { isUuid } from '../domain/identifier.ts';
import { findAccount } from '../storage/accounts.ts';
import { findAccountByKeyHash } from '../storage/api-keys.ts';
import { isRefusal, type Refusal } from './answer.ts';
import type { ApiDependencies } from './dependencies.ts';
import { createLockOut, keyAttempt } from './lock-out.ts';
import { showNoneLeft } from './rate-limit.ts';
import type { Session } from './session.ts';

export interface Authentication {
  /** Who calls /v3: first the key, then the profile that an organization may act as. */
  ofAccount(request: FastifyRequest): Promise<Session | Refusal>;
  /** Null: the caller holds the platform key. */
  ofPlatform(request: FastifyRequest): Promise<Refusal | null>;
}

type KeyOwner = 'platform' | Account;

/** Both APIs together count the wrong keys of a client. */
export function createAuthentication(dependencies: ApiDependencies): Authentication {
  const { clock, config, log } = dependencies;
  const lockOut = createLockOut({
    wrongKeysMax: config.wrongKeysMax,
    clock,
    onLocked: (network) =>
      log.warn(
        { network },
        'too many wrong API keys: no further one is tried for a minute. ' +
          'If a proxy of yours sent them, name it in POSTHORN_TRUSTED_PROXIES',
      ),
  });

  async function ownerOfKey(request: FastifyRequest): Promise<KeyOwner | Refusal> {
    const { headers, ip } = request;
    const key = headerOf(headers, 'x-api-key');
    if (key === null) return { refused: 'notAuthenticated' };
    const attempt = keyAttempt(ip, key);
    const lock = lockOut.lockOn(attempt);
    if (lock !== null) {
      showNoneLeft(request, config, new Date(clock.now() + lock.seconds * 1000));
      const refused = lock.of === 'key' ? 'keyWrongTooOften' : 'tooManyWrongKeys';
      return { refused, headers: { 'Retry-After': String(lock.seconds) } };
    }
    const owner = sameKey(key, dependencies.platformKey)
      ? 'platform'
      : await findAccountByKeyHash(dependencies.db, attempt.keyHash);
    if (owner === null) {
      lockOut.wasWrong(attempt);
      return { refused: 'invalidApiKey' };
    }
    lockOut.wasRight(attempt);
    return owner;
  }

  return {
    async ofAccount(request) {
      const owner = await ownerOfKey(request);
      if (owner === 'platform') return { refused: 'insufficientPermissions' };
      return isRefusal(owner) ? owner : sessionOf(dependencies, owner, request.headers);
    },
    async ofPlatform(request) {
      const owner = await ownerOfKey(request);
      if (owner === 'platform') return null;
      return isRefusal(owner) ? owner : { refused: 'insufficientPermissions' };
    },
  };
}

/** A header's value; empty, blank and absent are the same. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return text.trim() === '' ? null : text.trim();
}

async function sessionOf(
  dependencies: ApiDependencies,
  caller: Account,
  headers: IncomingHttpHeaders,
): Promise<Session | Refusal> {
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
