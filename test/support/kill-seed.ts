/** The moments of kills: random, and the same again for the same seed. */

export interface SeededRandom {
  /** From 0 up to and without 1. */
  fraction(): number;
  /** A whole number from 0 up to and without `end`. */
  below(end: number): number;
}

/** The seed is printed: `SEED=<it>` in the environment repeats a run, as far as the machine does. */
export function startRandom(what: string): SeededRandom {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  process.stdout.write(`${what}: SEED=${seed}\n`);
  let state = seed;
  // mulberry32
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, below: (end) => Math.floor(fraction() * end) };
}
