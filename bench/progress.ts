import type { Row } from './scenario.ts';

/** One line on standard error for each row, with how far it is and since when. */
export interface Progress {
  next(row: Row): void;
  say(text: string): void;
}

export function createProgress(rows: number): Progress {
  const startedAt = performance.now();
  let done = 0;
  const clock = () => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    return [seconds / 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  };
  return {
    say: (text) => process.stderr.write(`[${done}/${rows} ${clock()}] ${text}\n`),
    next({ scenario, conditions, build, result, ofBare, cost }) {
      const details = [ofBare && `${ofBare} of bare`, cost].filter((text) => text !== '').join('; ');
      process.stderr.write(
        `[${++done}/${rows} ${clock()}] ${scenario}, ${conditions} (${build}): ${result}${details && ` (${details})`}\n`,
      );
    },
  };
}
