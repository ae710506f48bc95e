import type { Dispatcher } from 'undici';

export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Gives how many milliseconds to wait before the same is sent again; null: it is done. May throw, to end it all. */
export type Judge = (statusCode: number, retryAfterSeconds: number, durationMs: number) => number | null;

/** Without a promise for each request: it is what the bare loop consists of. */
export function sendPost(
  dispatcher: Dispatcher,
  post: Post,
  judge: Judge,
  onDone: () => void,
  onError: (error: unknown) => void,
): void {
  const startedAt = performance.now();
  let statusCode = 0;
  let retryAfterSeconds = 1;
  const onAnswered = () => {
    const waitMs = judge(statusCode, retryAfterSeconds, performance.now() - startedAt);
    if (waitMs === null) onDone();
    else setTimeout(() => sendPost(dispatcher, post, judge, onDone, onError), waitMs);
  };
  dispatcher.dispatch(
    { ...post, method: 'POST' },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, headers) {
        statusCode = status;
        if (status === 503) retryAfterSeconds = Number(headers['retry-after'] ?? 1);
      },
      onResponseData() {},
      onResponseEnd() {
        try {
          onAnswered();
        } catch (error) {
          onError(error);
        }
      },
      onResponseError: (_controller, error) => onError(error),
    },
  );
}
