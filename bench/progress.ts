import type { Row } from './scenario.ts';

/** One line on standard error for each row, with how far it is and since when. */
export function createProgress(rows: number): { next(row: Row): void } {
  const startedAt = performance.now();
  let done = 0;
  return {
    next({ scenario, conditions, build, result, ofBare, cost }) {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const clock = [seconds / 60, seconds % 60]
        .map((part) => String(Math.floor(part)).padStart(2, '0'))
        .join(':');
      const details = [ofBare && `${ofBare} of bare`, cost].filter((text) => text !== '').join('; ');
      process.stderr.write(
        `[${++done}/${rows} ${clock}] ${scenario}, ${conditions} (${build}): ${result}${details && ` (${details})`}\n`,
      );
    },
  };
}
