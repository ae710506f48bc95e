/**
 * Says which process a record on disk was written by, and whether that process still runs. A bare process id
 * proves nothing: ids are reused, in containers after every restart.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Where the pid has a meaning: one boot and pid namespace of a kernel (Linux), or else the host. */
  readonly place: string;
  /** In clock ticks since boot; null where the system does not tell. */
  readonly startedAt: string | null;
}

/** `looks-running`: a process has this id, but it may be another one. `unknown`: it ran where we cannot look. */
export type Life = 'running' | 'looks-running' | 'ended' | 'unknown';

export function ownIdentity(): ProcessIdentity {
  const place = ownPlace();
  return { pid: process.pid, host: hostname(), place, startedAt: startOf(process.pid) };
}

export function lifeOf(identity: ProcessIdentity): Life {
  if (identity.place !== ownPlace()) return 'unknown';
  if (!hasProcess(identity.pid)) return 'ended';
  const startedAt = startOf(identity.pid);
  if (startedAt === null || identity.startedAt === null) {
    // Whoever asks does not hold the record itself, so its own id in there is from an earlier life.
    return identity.pid === process.pid ? 'ended' : 'looks-running';
  }
  return startedAt === identity.startedAt ? 'running' : 'ended';
}

function ownPlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other refusal means that it is there and belongs to another user.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
  return true;
}

/** A process that has died and that nobody has waited for yet (state Z) counts as one that never started. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in parentheses, may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Parses what JSON.stringify made of an identity; null when it is something else. */
export function parseIdentity(text: string): ProcessIdentity | null {
  try {
    const { pid, host, place, startedAt } = JSON.parse(text);
    const valid =
      Number.isSafeInteger(pid) &&
      pid > 0 &&
      typeof host === 'string' &&
      typeof place === 'string' &&
      (startedAt === null || typeof startedAt === 'string');
    return valid ? { pid, host, place, startedAt } : null;
  } catch {
    return null;
  }
}
