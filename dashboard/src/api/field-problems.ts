import { ApiProblem } from './problem.ts';

/** What the API says against single fields of an input; a field that it does not name is absent. */
export type FieldProblems<Field extends string> = ReadonlyMap<Field, string>;

/** Several fields are named in the details; a single one only by the words that its message begins with. */
export function fieldProblems<Field extends string>(
  problem: Error | null,
  fields: readonly Field[],
): FieldProblems<Field> {
  if (!(problem instanceof ApiProblem) || problem.status !== 400) return new Map();
  const { details, message } = problem;
  const found = new Map<Field, string>();
  for (const field of fields) {
    const said = details[field]?.join('. ') ?? (begins(message, field) ? message : null);
    if (said !== null) found.set(field, said);
  }
  return found;
}

/** `Endpoint URL must be …` begins with `endpoint_url`. */
function begins(message: string, field: string): boolean {
  return message.toLowerCase().startsWith(`${field.replaceAll('_', ' ')} `);
}
