import { type Config, type GivenSettings, readConfig } from '../config.ts';
import { exitCodes } from './exit-codes.ts';

/** The configuration; or null, after every problem was printed and the exit code set. */
export function checkedConfig(given: GivenSettings = {}): Config | null {
  const config = readConfig(process.env, given);
  if (config.ok) return config.value;
  process.stderr.write(problemList(config.error));
  process.exitCode = exitCodes.usage;
  return null;
}

export function problemList(problems: readonly string[]): string {
  const lines = ['The configuration is not valid:', ...problems.map((problem) => `  - ${problem}`)];
  return `${lines.join('\n')}\nRun \`npx posthorn config\` to see every setting.\n`;
}
