import type { Issues } from '../domain/issue.ts';
import type { ErrorName } from '../errors.ts';

/** What a handler achieved. A 204 has no data. */
export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  readonly data: unknown;
  /** Simulated: nothing was stored or sent. */
  readonly sandbox?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Runs once the effect is committed: never before, and not when it was rolled back. */
  readonly afterCommit?: () => void;
}

export type Details = Readonly<Record<string, readonly string[]>>;

/** Why a request is not served; status, code and usual message stand in the error table. */
export interface Refusal {
  readonly refused: ErrorName;
  readonly message?: string;
  readonly details?: Details | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Outcome = Answer | Refusal;

export function isRefusal(outcome: object): outcome is Refusal {
  return 'refused' in outcome;
}

export const noContent: Answer = { status: 204, data: null };

/** The message of the first issue; the details list every field, or only when several fields failed. */
export function invalid(issues: Issues, details: 'always' | 'when-several'): Refusal {
  const byField = new Map<string, string[]>();
  for (const { field, message } of issues) byField.set(field, [...(byField.get(field) ?? []), message]);
  const shown = details === 'always' || byField.size > 1;
  return {
    refused: 'validationFailed',
    message: issues[0].message,
    details: shown ? Object.fromEntries(byField) : null,
  };
}
