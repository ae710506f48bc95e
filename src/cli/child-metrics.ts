/** Collects the metrics of all children, and remembers those of the ended: a total never falls. */

import type { MetricsReport } from '../metrics.ts';
import { renderTotal, totalOfEnded } from '../metrics-total.ts';

export interface ChildMetrics<Child> {
  /** Asks every child, waits for those that answer soon, and adds up. */
  total(): Promise<string>;
  /** `round` is the number that the child was asked with. */
  counted(child: Child, round: number, report: MetricsReport): void;
  ended(child: Child): void;
}

/** A child that is too busy to answer by then counts with what it said last. */
const answerTimeoutMs = 2000;

interface Round {
  readonly awaited: Set<unknown>;
  readonly complete: () => void;
}

export function createChildMetrics<Child>(
  servingChildren: ReadonlySet<Child>,
  ask: (child: Child, round: number) => void,
): ChildMetrics<Child> {
  const latest = new Map<Child, MetricsReport>();
  const rounds = new Map<number, Round>();
  let former: Promise<MetricsReport> = Promise.resolve([]);
  let roundsAsked = 0;

  function answered(child: Child, { awaited, complete }: Round): void {
    awaited.delete(child);
    if (awaited.size === 0) complete();
  }

  async function askAll(): Promise<void> {
    const round = roundsAsked++;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((complete) => {
      rounds.set(round, { awaited: new Set(servingChildren), complete });
      for (const child of servingChildren) ask(child, round);
      timer = setTimeout(complete, answerTimeoutMs);
    });
    clearTimeout(timer);
    rounds.delete(round);
  }

  return {
    async total() {
      await askAll();
      return renderTotal([...latest.values(), await former]);
    },
    counted(child, number, report) {
      latest.set(child, report);
      const round = rounds.get(number);
      if (round !== undefined) answered(child, round);
    },
    ended(child) {
      const last = latest.get(child);
      latest.delete(child);
      if (last !== undefined) former = former.then((sum) => totalOfEnded([sum, last]));
      for (const round of rounds.values()) answered(child, round);
    },
  };
}
