/** What is wrong with one field of an input: the field's path as the client wrote it, and a sentence. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

/** Every problem found in one input, in the order of the fields; never empty. */
export type Issues = readonly [Issue, ...Issue[]];

export function hasIssues(issues: readonly Issue[]): issues is Issues {
  return issues.length > 0;
}
