/**
 * Keeps whoever guesses keys from guessing on. Wrong keys are counted for each client's network; after so many in a
 * minute every further key from there is refused without a look at it, but for those that were right before. The same
 * wrong key again is a mistake and no guess: after as many times it is refused alone. docs/decisions/0012-wrong-keys.md
 */
import { hashApiKey } from '../domain/api-key.ts';
import { clientNetwork } from './client-network.ts';
import { createRecentlySeen } from './recently-seen.ts';

export interface LockOut {
  /** Null: it may be tried. */
  lockOn(attempt: KeyAttempt): Lock | null;
  wasWrong(attempt: KeyAttempt): void;
  wasRight(attempt: KeyAttempt): void;
}

export interface Lock {
  /** `key`: any other one may be tried. */
  readonly of: 'client' | 'key';
  /** Until then no look is taken. */
  readonly seconds: number;
}

/** A key that is presented, as whatever cannot be turned back into it. */
export interface KeyAttempt {
  readonly network: string;
  readonly keyHash: string;
}

export interface LockOutOptions {
  /** Wrong keys a minute; 0: never locked. */
  readonly wrongKeysMax: number;
  readonly clock: { now(): number };
  /** Called once each time that a network is locked. */
  readonly onLocked: (network: string) => void;
}

interface Count {
  wrong: number;
  /** Unix milliseconds. */
  endsAt: number;
}

const periodMs = 60_000;
/** Of each kind; those seen longest ago are forgotten first. Some 10 MB when full. */
const rememberedMax = 20_000;

export function createLockOut({ wrongKeysMax, clock, onLocked }: LockOutOptions): LockOut {
  /** By network: different wrong keys. By network and key: how often that one came. */
  const counts = createRecentlySeen<Count>(rememberedMax);
  const rightOnes = createRecentlySeen<true>(rememberedMax);

  function current(name: string): Count | null {
    const count = counts.get(name);
    const leftMs = (count?.endsAt ?? 0) - clock.now();
    // One that ends later than it can is of a clock that was set back.
    return count === undefined || leftMs <= 0 || leftMs > periodMs ? null : count;
  }

  /** A full count ends a minute after it became full; what comes meanwhile does not lengthen that. */
  function countOne(name: string): Count {
    const endsAt = clock.now() + periodMs;
    const count = current(name) ?? { wrong: 0, endsAt };
    count.wrong++;
    if (count.wrong === wrongKeysMax) count.endsAt = endsAt;
    counts.set(name, count);
    return count;
  }

  function secondsLeft(name: string): number {
    const count = current(name);
    return count === null || count.wrong < wrongKeysMax ? 0 : Math.ceil((count.endsAt - clock.now()) / 1000);
  }

  return {
    lockOn({ network, keyHash }) {
      if (wrongKeysMax === 0) return null;
      const pair = pairOf(network, keyHash);
      const ofKey = secondsLeft(pair);
      const ofClient = rightOnes.get(pair) ? 0 : secondsLeft(network);
      if (ofClient > 0) return { of: 'client', seconds: Math.max(ofKey, ofClient) };
      return ofKey > 0 ? { of: 'key', seconds: ofKey } : null;
    },
    wasWrong({ network, keyHash }) {
      if (wrongKeysMax === 0) return;
      rightOnes.delete(pairOf(network, keyHash));
      if (countOne(pairOf(network, keyHash)).wrong > 1) return;
      if (countOne(network).wrong === wrongKeysMax) onLocked(network);
    },
    wasRight({ network, keyHash }) {
      if (wrongKeysMax > 0) rightOnes.set(pairOf(network, keyHash), true);
    },
  };
}

export function keyAttempt(address: string, key: string): KeyAttempt {
  return { network: clientNetwork(address), keyHash: hashApiKey(key) };
}

function pairOf(network: string, keyHash: string): string {
  return `${network} ${keyHash}`;
}
