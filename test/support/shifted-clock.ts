/** A process whose clock is set while it runs, as by a person or a time server: the one thing about it that is not real. */
import { writeFile } from 'node:fs/promises';

export interface ShiftedClock {
  /** To be added to those of the process. */
  readonly settings: Record<string, string>;
  /** From the next moments on; a negative number sets it back. */
  set(offsetMs: number): Promise<void>;
}

/** @param file that the process reads its offset from */
export async function shiftedClock(file: string): Promise<ShiftedClock> {
  await writeFile(file, '0');
  const preload = `
    import { readFileSync } from 'node:fs';
    const RealDate = Date;
    let offsetMs = 0;
    setInterval(() => {
      const text = readFileSync(${JSON.stringify(file)}, 'utf8');
      // Empty while it is being written.
      if (text !== '') offsetMs = Number(text);
    }, 20).unref();
    globalThis.Date = class Date extends RealDate {
      constructor(...given) {
        if (given.length === 0) super(RealDate.now() + offsetMs);
        else super(...given);
      }
      static now() { return RealDate.now() + offsetMs; }
    };`;
  return {
    settings: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` },
    set: (offsetMs) => writeFile(file, String(offsetMs)),
  };
}
