/**
 * Turns at something of which there is little: so many are served at once, so many of one name. Who waits is served in
 * the order of coming among those of the same name, and the names take turns: nobody gains by asking for more. The last
 * place is for a name that has none yet.
 */
import { Overloaded } from '../storage/coalescer.ts';

export interface Turns {
  /**
   * Gives what the work gives, once it was the name's turn.
   * @throws {Overloaded} without having begun, when too many of the name wait or its turn does not come
   */
  take<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

export interface TurnsOptions {
  readonly atOnceMax: number;
  readonly atOnceOfOneMax: number;
  readonly waitingOfOneMax: number;
  readonly waitMsMax: number;
}

interface Waiting {
  readonly begin: () => void;
}

export function createTurns(options: TurnsOptions): Turns {
  const { atOnceMax, atOnceOfOneMax, waitingOfOneMax, waitMsMax } = options;
  const served = new Map<string, number>();
  /** The name that was served longest ago is the first. */
  const lines = new Map<string, Waiting[]>();
  let servedOfAll = 0;

  function mayBegin(name: string): boolean {
    const own = served.get(name) ?? 0;
    return own < atOnceOfOneMax && servedOfAll < (own === 0 ? atOnceMax : atOnceMax - 1);
  }

  function begin(name: string): void {
    servedOfAll++;
    served.set(name, (served.get(name) ?? 0) + 1);
  }

  function end(name: string): void {
    servedOfAll--;
    const left = (served.get(name) ?? 0) - 1;
    if (left > 0) served.set(name, left);
    else served.delete(name);
    while (beginNext());
  }

  function beginNext(): boolean {
    for (const [name, line] of lines) {
      if (!mayBegin(name)) continue;
      const next = line.shift();
      lines.delete(name);
      if (line.length > 0) lines.set(name, line);
      next?.begin();
      return true;
    }
    return false;
  }

  function turnOf(name: string): Promise<void> {
    const line = lines.get(name) ?? [];
    if (line.length >= waitingOfOneMax) throw new Overloaded(`${line.length} of ${name} wait for their turn`);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin() {
          clearTimeout(timer);
          begin(name);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(waiting), 1);
        if (line.length === 0) lines.delete(name);
        reject(new Overloaded(`the turn of ${name} did not come within ${waitMsMax} ms`));
      }, waitMsMax);
      line.push(waiting);
      lines.set(name, line);
    });
  }

  return {
    async take(name, work) {
      if (mayBegin(name)) begin(name);
      else await turnOf(name);
      try {
        return await work();
      } finally {
        end(name);
      }
    },
  };
}
