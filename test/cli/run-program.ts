import { text } from 'node:stream/consumers';
import { spawnProgram } from '../support/service-process.ts';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program with these settings alone, to its end. */
export async function runProgram(
  words: readonly string[],
  settings: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawnProgram(words, settings);
  if (child.stdout === null || child.stderr === null) throw new Error('the program has no output');
  const closed = new Promise((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code: child.exitCode, out, err };
}
