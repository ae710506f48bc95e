/** Counts the cases of a fault test one by one, and keeps what went wrong with each in words. */
export interface Tally {
  readonly tried: number;
  readonly survived: number;
  readonly problems: readonly string[];
  /** `seen` is what is told of a case that went wrong. */
  check(what: string, isRight: boolean, seen: unknown): void;
}

export function startTally(): Tally {
  const problems: string[] = [];
  let survived = 0;
  return {
    get tried() {
      return survived + problems.length;
    },
    get survived() {
      return survived;
    },
    problems,
    check(what, isRight, seen) {
      if (isRight) survived += 1;
      else problems.push(`${what}: ${JSON.stringify(seen)}`);
    },
  };
}
