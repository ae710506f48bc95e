/** Requests at a given rate, at even distances, whether or not those before are answered. */
import { Pool } from 'undici';
import type { Post } from './closed-loop.ts';

/** Enough that no request waits for a connection at the rates that are offered. */
const connectionsMax = 256;

export interface OpenLoop {
  readonly origin: string;
  readonly perSecond: number;
  /** Called at the moment of sending. Null: there is nothing more to do. */
  readonly next: () => Post | null;
  readonly onAnswer: (statusCode: number, durationMs: number) => void;
}

export async function runOpenLoop(loop: OpenLoop): Promise<void> {
  const pool = new Pool(loop.origin, { connections: connectionsMax });
  try {
    await sendAtRate(pool, loop);
  } finally {
    await pool.destroy();
  }
}

function sendAtRate(pool: Pool, { perSecond, next, onAnswer }: OpenLoop): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let sent = 0;
    let unanswered = 0;
    let isAllSent = false;
    const fail = (error: unknown) => {
      clearInterval(timer);
      reject(error);
    };
    const sendDue = () => {
      const due = ((performance.now() - startedAt) / 1000) * perSecond;
      for (; sent < due && !isAllSent; sent++) {
        const post = next();
        if (post === null) {
          isAllSent = true;
          clearInterval(timer);
        } else {
          unanswered++;
          send(pool, post, settle, fail);
        }
      }
    };
    const settle = (statusCode: number, durationMs: number) => {
      unanswered--;
      onAnswer(statusCode, durationMs);
      if (isAllSent && unanswered === 0) resolve();
    };
    // A timer of one millisecond: at up to 1,000 requests a second each goes out alone.
    const timer = setInterval(sendDue, 1);
  });
}

function send(
  pool: Pool,
  post: Post,
  settle: (statusCode: number, durationMs: number) => void,
  fail: (error: unknown) => void,
): void {
  const startedAt = performance.now();
  let statusCode = 0;
  pool.dispatch(
    { ...post, method: 'POST' },
    {
      onRequestStart() {},
      onResponseStart(_controller, status) {
        statusCode = status;
      },
      onResponseData() {},
      onResponseEnd() {
        try {
          settle(statusCode, performance.now() - startedAt);
        } catch (error) {
          fail(error);
        }
      },
      onResponseError: (_controller, error) => fail(error),
    },
  );
}
