/**
 * Turns at something of which there is little: so many are served at once, so many of one owner. Who waits is served in
 * the order of coming among those of the same owner, and the owners take turns: nobody gains by asking for more. The last
 * place is for an owner that has none yet.
 */
import { Overloaded } from '../storage/overloaded.ts';

export interface Turns {
  /**
   * Gives what the work gives, once it was the owner's turn.
   * @throws {Overloaded} without having begun, when too many of the owner wait or its turn does not come
   */
  take<Result>(owner: string, work: () => Promise<Result>): Promise<Result>;
}

export interface TurnsOptions {
  /** Of all owners. */
  readonly atOnceMax: number;
  readonly atOnceOfOneMax: number;
  /** Beyond these the next of the same owner is refused. */
  readonly waitingOfOneMax: number;
  readonly waitMsMax: number;
}

interface Turn {
  readonly begin: () => void;
}

export function createTurns(options: TurnsOptions): Turns {
  const { atOnceMax, atOnceOfOneMax, waitingOfOneMax, waitMsMax } = options;
  const served = new Map<string, number>();
  /** The owner that was served longest ago is the first. */
  const lines = new Map<string, Turn[]>();
  let servedOfAll = 0;

  function mayBegin(owner: string): boolean {
    const own = served.get(owner) ?? 0;
    return own < atOnceOfOneMax && servedOfAll < (own === 0 ? atOnceMax : atOnceMax - 1);
  }

  function begin(owner: string): void {
    servedOfAll++;
    served.set(owner, (served.get(owner) ?? 0) + 1);
  }

  function end(owner: string): void {
    servedOfAll--;
    const left = (served.get(owner) ?? 0) - 1;
    if (left > 0) served.set(owner, left);
    else served.delete(owner);
    while (beginNext());
  }

  function beginNext(): boolean {
    for (const [owner, line] of lines) {
      if (!mayBegin(owner)) continue;
      const next = line.shift();
      lines.delete(owner);
      if (line.length > 0) lines.set(owner, line);
      next?.begin();
      return true;
    }
    return false;
  }

  function turnOf(owner: string): Promise<void> {
    const line = lines.get(owner) ?? [];
    if (line.length >= waitingOfOneMax)
      throw new Overloaded(`${line.length} of ${owner} wait for their turn`);
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        begin() {
          clearTimeout(timer);
          begin(owner);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(turn), 1);
        if (line.length === 0) lines.delete(owner);
        reject(new Overloaded(`the turn of ${owner} did not come within ${waitMsMax} ms`));
      }, waitMsMax);
      line.push(turn);
      lines.set(owner, line);
    });
  }

  return {
    async take(owner, work) {
      if (mayBegin(owner)) begin(owner);
      else await turnOf(owner);
      try {
        return await work();
      } finally {
        end(owner);
      }
    },
  };
}
