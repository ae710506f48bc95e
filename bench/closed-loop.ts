/** Requests on a number of connections, the next one on each as soon as the one before is answered. */
import { Client } from 'undici';

export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ClosedLoop {
  readonly clients: readonly Client[];
  /** Null: there is nothing more to do. */
  readonly next: () => Post | null;
  /** Gives how many milliseconds to wait before the same is sent again; null: it is done. */
  readonly judge: (statusCode: number, retryAfterSeconds: number, durationMs: number) => number | null;
}

export function openClients(origin: string, count: number): Client[] {
  return Array.from({ length: count }, () => new Client(origin));
}

export async function closeClients(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.destroy()));
}

export async function runClosedLoop(loop: ClosedLoop): Promise<void> {
  await Promise.all(loop.clients.map((client) => runConnection(client, loop)));
}

function runConnection(client: Client, { next, judge }: ClosedLoop): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      const post = next();
      if (post === null) resolve();
      else send(post);
    };
    const send = (post: Post) => {
      const startedAt = performance.now();
      let statusCode = 0;
      let retryAfterSeconds = 1;
      client.dispatch(
        { ...post, method: 'POST' },
        {
          onRequestStart() {},
          onResponseStart(_controller, status, headers) {
            statusCode = status;
            retryAfterSeconds = Number(headers['retry-after'] ?? 1);
          },
          onResponseData() {},
          onResponseEnd() {
            try {
              const waitMs = judge(statusCode, retryAfterSeconds, performance.now() - startedAt);
              if (waitMs === null) go();
              else setTimeout(() => send(post), waitMs);
            } catch (error) {
              reject(error);
            }
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
    };
    go();
  });
}
