/** Speaks to the server that this page came from, in the envelope of its API. Whatever goes wrong is thrown as an ApiProblem. */
import { ApiProblem } from './problem.ts';

export interface Credentials {
  readonly key: string;
  /** The profile that an organization acts as; null: itself, or no organization. */
  readonly profileId: string | null;
}

export type QueryValues = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Api {
  get<Data>(path: string, query?: QueryValues, signal?: AbortSignal): Promise<Data>;
  send<Data>(
    method: 'DELETE' | 'PATCH' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Data>;
  /** Like send, with the headers of the answer. */
  sendForHeaders<Data>(
    method: 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ data: Data; headers: Headers }>;
  /** Like send, with a body that is JSON already and is sent as it is written. */
  sendText<Data>(method: 'POST', path: string, json: string): Promise<Data>;
}

/** Of an answer; longer than the longest test of a webhook. */
const answerMsMax = 130_000;

interface Envelope {
  readonly success: boolean;
  readonly data: unknown;
  readonly error: { code: string; message: string; details: Record<string, string[]> | null } | null;
  readonly meta: { request_id: string };
}

/** The credentials are asked for at each request: a new key takes effect for pages that are open. */
export function createApi(credentials: () => Credentials): Api {
  function identification(): Record<string, string> {
    const { key, profileId } = credentials();
    return { 'x-api-key': key, ...(profileId === null ? {} : { 'x-profile-id': profileId }) };
  }

  async function request<Data>(path: string, init: RequestInit): Promise<{ data: Data; headers: Headers }> {
    const response = await reach(path, init);
    if (response.ok) return { data: (await dataOf(response)) as Data, headers: response.headers };
    throw await problemOf(response);
  }

  function send<Data>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    return request<Data>(path, { method, headers: { ...identification(), ...type, ...headers }, ...sent });
  }

  return {
    get: async <Data>(path: string, query: QueryValues = {}, signal?: AbortSignal) => {
      const { data } = await request<Data>(withQuery(path, query), {
        headers: identification(),
        ...(signal ? { signal } : {}),
      });
      return data;
    },
    send: async <Data>(method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      (await send<Data>(method, path, body, headers)).data,
    sendForHeaders: send,
    sendText: async <Data>(method: string, path: string, json: string) => {
      const typed = { ...identification(), 'content-type': 'application/json' };
      return (await request<Data>(path, { method, headers: typed, body: json })).data;
    },
  };
}

function withQuery(path: string, query: QueryValues): string {
  const given = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  const signals = [AbortSignal.timeout(answerMsMax), ...(init.signal ? [init.signal] : [])];
  try {
    return await fetch(path, { ...init, signal: AbortSignal.any(signals), cache: 'no-store' });
  } catch (error) {
    // Called off by the page itself: nobody waits for it any more.
    if (init.signal?.aborted === true) throw error;
    throw new ApiProblem('The service cannot be reached.');
  }
}

async function dataOf(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  const envelope = await envelopeOf(response);
  if (envelope === null)
    throw new ApiProblem('The service gave an answer that cannot be read.', { status: 502 });
  return envelope.data;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const envelope = await envelopeOf(response);
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new ApiProblem(envelope?.error?.message ?? `The service answered with status ${response.status}.`, {
    status: response.status,
    code: envelope?.error?.code ?? null,
    details: envelope?.error?.details ?? {},
    requestId: envelope?.meta.request_id ?? null,
    retryAfterSeconds: Number.isNaN(retryAfter) ? null : retryAfter,
  });
}

/** Null: not from this API, but from a proxy before it. */
async function envelopeOf(response: Response): Promise<Envelope | null> {
  try {
    const parsed: unknown = await response.json();
    return typeof parsed === 'object' && parsed !== null && 'meta' in parsed ? (parsed as Envelope) : null;
  } catch {
    return null;
  }
}
