/** One environment variable: what it means, what it accepts, and what holds when it is not set. */
import type { Parser } from './parsers.ts';

export interface Setting<Value = unknown> {
  readonly name: string;
  /** As it would be written in the environment, or in words where it depends on something. */
  readonly default: string;
  readonly meaning: string;
  /** Ends the sentence "<name> must be …". */
  readonly accepts: string;
  /** Never shown whole, not even when it is wrong. */
  readonly secret: boolean;
  readonly parse: Parser<Value>['parse'];
  /** The value when the variable is not set. */
  readonly unset: Value;
}

/** A setting whose default is a value that could have been written in the environment. */
export function withDefault<Value>(
  name: string,
  defaultText: string,
  parser: Parser<Value>,
  meaning: string,
): Setting<Value> {
  const parsed = parser.parse(defaultText);
  if (!parsed.ok) throw new Error(`the default of ${name} is not acceptable: ${parsed.error}`);
  return { ...parser, name, default: defaultText, meaning, secret: false, unset: parsed.value };
}

/** A setting that is null when it is not set; `defaultInWords` says what happens then. */
export function optional<Value>(
  name: string,
  defaultInWords: string,
  parser: Parser<Value>,
  meaning: string,
): Setting<Value | null> {
  return { ...parser, name, default: defaultInWords, meaning, secret: false, unset: null };
}

export function secret<Value>(setting: Setting<Value>): Setting<Value> {
  return { ...setting, secret: true };
}
