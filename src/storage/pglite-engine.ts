/**
 * One run of the embedded engine, from its opening to its end. PostgreSQL answers some failures of a disk by ending its
 * process and starting anew. The engine has no process to end: it would go on with what is left of itself, acknowledge what
 * it did not store, or never come back. Promises that one which broke says so and does nothing more.
 */
import { PGlite } from '@electric-sql/pglite';
import { DiskFull, isDiskFull } from './disk-full.ts';

export interface Engine {
  readonly pglite: PGlite;
  /** Why it ended; null while it works. */
  readonly brokenBy: Error | null;
  /** Closes its files without writing to them, as a kill does: all that was committed is in them. */
  abandon(): void;
}

/** By this the engine passes on that a statement failed; whatever else it throws is its end. */
const statementFailed = 100;

/** @throws {DiskFull} or what the engine throws, when the directory cannot be opened */
export async function startEngine(directory: string): Promise<Engine> {
  const lastWords: string[] = [];
  const pglite = new PGlite({
    dataDir: directory,
    onStderr(line) {
      if (/ (PANIC|FATAL): /.test(line)) lastWords[0] = line;
      return false;
    },
  });
  try {
    await pglite.waitReady;
  } catch (error) {
    if (pglite.Module !== undefined) endEngine(pglite);
    const reason = lastWords[0] ?? error;
    throw isDiskFull(reason) ? new DiskFull(directory, reason) : error;
  }
  return guardEngine(pglite, (error) => {
    const reason = lastWords[0] ?? error;
    return isDiskFull(reason) ? new DiskFull(directory, reason) : new Error(String(reason));
  });
}

/** @param explain what the engine threw at its end, given once */
export function guardEngine(
  pglite: PGlite,
  explain: (error: unknown) => Error = (error) => new Error(String(error)),
): Engine {
  const wasm = pglite.Module;
  const { _PostgresMainLoopOnce: enter, _PostgresMainLongJmp: undo, stackRestore } = wasm;
  let brokenBy: Error | null = null;
  wasm._PostgresMainLoopOnce = () => {
    if (brokenBy !== null) throw brokenBy;
    try {
      enter();
    } catch (error) {
      if (!isOfStatement(error)) brokenBy = explain(error);
      throw error;
    }
  };
  wasm._PostgresMainLongJmp = () => {
    try {
      undo();
    } catch (error) {
      // Whatever it is: a failure that cannot be undone is the end too.
      brokenBy ??= explain(error);
      throw error;
    }
  };
  // PGlite calls it for all that was thrown, which it then forgets, and goes on until everything sent to it was read.
  wasm.stackRestore = (pointer) => {
    const restored = stackRestore(pointer);
    if (brokenBy !== null) throw brokenBy;
    return restored;
  };
  return {
    pglite,
    get brokenBy() {
      return brokenBy;
    },
    abandon: () => endEngine(pglite),
  };
}

/** With its timers, which would hold its memory, and ring in it. */
function endEngine({ Module: wasm }: PGlite): void {
  wasm._pgl_setPGliteActive(0);
  wasm.FS.quit();
}

function isOfStatement(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === statementFailed;
}
