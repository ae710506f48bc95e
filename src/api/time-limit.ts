/**
 * Bounds work that a client can make as long as it likes, such as a regular expression of a payload's schema: everything
 * else in the process would wait for it. V8 interrupts the work wherever it is, regular expressions included.
 */
import { createContext, Script } from 'node:vm';

/** Made once: a context takes a millisecond to make, a call in it a tenth of that. */
const held: { work: () => void } = { work: () => {} };
const context = createContext(held);
const script = new Script('work()');

/** Null when it took longer; what it changed until then stays changed. Whatever it throws is thrown. */
export function withinTime<Value>(limitMs: number, work: () => Value): { readonly value: Value } | null {
  let done: { readonly value: Value } | null = null;
  held.work = () => {
    done = { value: work() };
  };
  try {
    script.runInContext(context, { timeout: limitMs });
  } catch (error) {
    if (!isTimeout(error)) throw error;
  } finally {
    held.work = () => {};
  }
  return done;
}

/** An error of the other context is not an instance of this one's Error. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
