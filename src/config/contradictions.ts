/** Settings that are right each by itself and wrong together. */
import type { Config } from '../config.ts';
import { retryDelayMs } from '../domain/retry-schedule.ts';
import { retryCountRange } from '../domain/webhook.ts';

const dayMs = 86_400_000;

/** Sentences; empty when there is nothing to say. */
export function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (config.role === 'worker' && config.databaseUrl === null) {
    problems.push(
      'POSTHORN_ROLE=worker needs DATABASE_URL: an embedded database belongs to one process, and nobody could publish to it.',
    );
  }
  if (config.processes > 1 && config.databaseUrl === null) {
    problems.push(
      'More than one process (--processes, POSTHORN_PROCESSES) needs DATABASE_URL: an embedded database belongs to one process.',
    );
  }
  const longestDays = longestWaitMs(config) / dayMs;
  if (longestDays >= config.retentionDays) {
    problems.push(
      `POSTHORN_RETRY_SCHEDULE can wait ${longestDays.toFixed(1)} days in all, but POSTHORN_RETENTION_DAYS keeps events ` +
        `for ${config.retentionDays}: shorten the one or lengthen the other.`,
    );
  }
  return problems;
}

/** Of a delivery with the most retries, all of the jitter, and no Retry-After. */
function longestWaitMs({ retryScheduleSeconds, retryJitter }: Config): number {
  let waitMs = 0;
  for (let retryNumber = 1; retryNumber <= retryCountRange.max; retryNumber++) {
    waitMs += retryDelayMs({
      schedule: retryScheduleSeconds,
      jitter: retryJitter,
      retryNumber,
      retryAfter: null,
      nowMs: 0,
      fraction: 1,
    });
  }
  return waitMs;
}
