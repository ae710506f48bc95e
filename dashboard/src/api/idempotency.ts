import { useRef } from 'react';
import { ApiProblem } from './problem.ts';

/**
 * Makes a change that can be sent again when its answer was lost: under the same key the service does nothing twice and
 * answers what it answered then, a secret included.
 */
export function useIdempotency() {
  const undecided = useRef<{ readonly content: string; readonly key: string } | null>(null);
  return async function once<Data>(
    body: unknown,
    send: (headers: Record<string, string>) => Promise<Data>,
  ): Promise<Data> {
    const content = JSON.stringify(body);
    const key = undecided.current?.content === content ? undecided.current.key : newKey();
    undecided.current = { content, key };
    try {
      const data = await send({ 'idempotency-key': key });
      undecided.current = null;
      return data;
    } catch (error) {
      if (!leavesUndecided(error)) undecided.current = null;
      throw error;
    }
  };
}

/** No answer, one of a proxy, or that the first try still runs: it may have happened all the same. */
function leavesUndecided(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  return error.status === null || error.status === 409 || error.status >= 500;
}

/** Not `randomUUID`, which browsers have for https only. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-');
}
