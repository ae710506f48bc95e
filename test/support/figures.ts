/**
 * The figures of the fault tests: each says how many cases it tried and what became of them, and a complete run puts
 * them into docs/reliability.md.
 */
import { appendFile } from 'node:fs/promises';
import { inject } from 'vitest';

export interface Figure {
  /** Under which heading of docs/reliability.md it stands: `Process killed`. */
  readonly topic: string;
  /** What was done, in a few words. */
  readonly what: string;
  /** Cases, rounds, requests. */
  readonly tried: number;
  readonly survived: number;
  /** Events that were acknowledged and did not arrive; absent where the question does not arise. */
  readonly lost?: number;
  /** Deliveries that arrived more often than once without having to. */
  readonly duplicated?: number;
  /** What else was counted or measured, in a sentence. */
  readonly note?: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    figuresFile?: string;
  }
}

/** Also prints it, so that a single test can be read without the report. */
export async function recordFigure(figure: Figure): Promise<void> {
  const { topic, what, tried, survived, lost, duplicated, note } = figure;
  const counts = [`${survived} of ${tried} survived`];
  if (lost !== undefined) counts.push(`${lost} lost`);
  if (duplicated !== undefined) counts.push(`${duplicated} sent twice`);
  process.stdout.write(
    `${topic}: ${what}: ${[...counts, note ?? ''].filter((text) => text !== '').join(', ')}\n`,
  );
  const file = inject('figuresFile');
  if (file !== undefined) await appendFile(file, `${JSON.stringify(figure)}\n`);
}
