/** One JSON object a line on standard output; the pid tells the processes of one command apart. */
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

export function createLog(level: Config['logLevel']): Logger {
  return pino({ level, base: { name: 'posthorn', pid: process.pid } });
}
