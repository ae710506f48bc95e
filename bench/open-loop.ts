/** Requests at a given rate, at even distances, whether or not those before are answered. */
import { Pool } from 'undici';
import { type Judge, type Post, sendPost } from './post.ts';

/** Enough that no request waits for a connection at the rates that are offered. */
const connectionsMax = 256;

export interface OpenLoop {
  readonly origin: string;
  readonly perSecond: number;
  /** Called at the moment of sending. Null: there is nothing more to do. */
  readonly next: () => Post | null;
  readonly judge: Judge;
}

export async function runOpenLoop(loop: OpenLoop): Promise<void> {
  const pool = new Pool(loop.origin, { connections: connectionsMax });
  try {
    await sendAtRate(pool, loop);
  } finally {
    await pool.destroy();
  }
}

function sendAtRate(pool: Pool, { perSecond, next, judge }: OpenLoop): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let sent = 0;
    let unfinished = 0;
    let isAllSent = false;
    const fail = (error: unknown) => {
      clearInterval(timer);
      reject(error);
    };
    const resolveWhenDone = () => {
      if (isAllSent && unfinished === 0) resolve();
    };
    const finish = () => {
      unfinished--;
      resolveWhenDone();
    };
    const sendDue = () => {
      const due = ((performance.now() - startedAt) / 1000) * perSecond;
      for (; sent < due && !isAllSent; sent++) {
        const post = next();
        if (post === null) {
          isAllSent = true;
          clearInterval(timer);
          // At a low rate everything is answered by now.
          resolveWhenDone();
        } else {
          unfinished++;
          sendPost(pool, post, judge, finish, fail);
        }
      }
    };
    // A timer of one millisecond: at up to 1,000 requests a second each goes out alone.
    const timer = setInterval(sendDue, 1);
  });
}
