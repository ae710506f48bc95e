import type { Bench } from './bench.ts';
import type { Options } from './options.ts';

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** How many rows it will report, for the progress. */
  rows(options: Options): number;
  run(bench: Bench): Promise<void>;
}

/** One line of the table. Texts are ready to be printed; empty where there is nothing to say. */
export interface Row {
  readonly scenario: string;
  readonly conditions: string;
  readonly build: string;
  readonly result: string;
  /** The rate as a part of that of the bare loop. */
  readonly ofBare: string;
  readonly cost: string;
  readonly goal: string;
}
