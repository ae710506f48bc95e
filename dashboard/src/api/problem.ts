/** Why a request brought no result, in words for the person who asked. */
export class ApiProblem extends Error {
  /** HTTP status; null: the server was not reached. */
  readonly status: number | null;
  readonly code: string | null;
  /** Messages by field, as the API gives them. */
  readonly details: Readonly<Record<string, readonly string[]>>;
  /** By which the operator finds the request in the log. */
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    message: string,
    about: Partial<Pick<ApiProblem, 'status' | 'code' | 'details' | 'requestId' | 'retryAfterSeconds'>> = {},
  ) {
    super(message);
    this.name = 'ApiProblem';
    this.status = about.status ?? null;
    this.code = about.code ?? null;
    this.details = about.details ?? {};
    this.requestId = about.requestId ?? null;
    this.retryAfterSeconds = about.retryAfterSeconds ?? null;
  }
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 401;
}

/** What may be gone by itself in a moment: no network, a limit, a server or database that is away. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  return error.status === null || error.status === 429 || error.status >= 502;
}

/** What to do about it, where the message of the API does not say. */
export function adviceFor(error: Error): string {
  if (!(error instanceof ApiProblem))
    return 'Reload the page; if it happens again, report it with the steps that led here.';
  const { status, retryAfterSeconds } = error;
  if (status === null)
    return 'Check that the service runs and that your network reaches it. It is tried again by itself.';
  if (status === 429) return `Wait ${retryAfterSeconds ?? 10} s. It is tried again by itself.`;
  if (status === 403) return 'This key may not do this. Sign in with another one.';
  if (status === 404) return 'It may have been deleted since. Go back and reload the list.';
  if (status >= 500)
    return 'Try again in a moment. If it goes on, the operator finds the cause in the log of the service.';
  return 'Correct what is named and try again.';
}
