/** Calls a service in every way that could make it tell a secret, and keeps all that it answers. */

export interface Spoken {
  /** Everything that was answered where no secret is meant to be. */
  readonly answers: readonly string[];
  readonly requests: number;
  /** Which statuses it answered with. */
  readonly statuses: ReadonlySet<number>;
  /** Where a secret is meant to be shown: the answer's `data`. Everywhere else it must not be. */
  askForSecret(method: string, path: string, key: string, body: object, headers?: Headers): Promise<Shown>;
  ask(method: string, path: string, headers?: Headers, body?: string | object): Promise<number>;
}

export interface Shown {
  readonly id: string;
  readonly key: string;
  readonly signing_secret: string;
}

type Headers = Readonly<Record<string, string>>;

export function startTalking(address: string): Spoken {
  const answers: string[] = [];
  const statuses = new Set<number>();
  let requests = 0;

  async function call(
    method: string,
    path: string,
    headers: Headers = {},
    body?: string | object,
  ): Promise<{ response: Response; text: string }> {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    requests++;
    statuses.add(response.status);
    return { response, text: await response.text() };
  }

  return {
    answers,
    statuses,
    get requests() {
      return requests;
    },
    async askForSecret(method, path, key, body, headers = {}) {
      const { response, text } = await call(method, path, { ...headers, 'x-api-key': key }, body);
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      return JSON.parse(text).data;
    },
    async ask(method, path, headers, body) {
      const { response, text } = await call(method, path, headers, body);
      answers.push(`${JSON.stringify([...response.headers])}\n${text}`);
      return response.status;
    },
  };
}
