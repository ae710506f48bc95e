/** How many cores this process may use: of a container with a limit, not those of its whole machine. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export function coreCount(): number {
  return Math.min(availableParallelism(), coresOfLimit(containerLimit()) ?? Number.POSITIVE_INFINITY);
}

/** Of a text such as `150000 100000`: microseconds of CPU in each period. Null: no limit. */
export function coresOfLimit(limit: string): number | null {
  const [quotaUs, periodUs] = limit.trim().split(' ').map(Number);
  const cores = Math.ceil((quotaUs ?? 0) / (periodUs ?? 0));
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}

/** Node 20 itself does not heed it. */
function containerLimit(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return '';
  }
}
