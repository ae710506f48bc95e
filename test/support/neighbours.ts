/** Accounts of one service that ask it beside each other; what is not answered in time counts as no answer. */
import { expect } from 'vitest';
import type { Customer } from './customers.ts';

/** Far beyond what an honest request takes, and below what one that is held up takes. */
const patienceMs = 25_000;

export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly code: string | null;
  readonly retryAfter: string | null;
}

export interface Asker {
  readonly customer: Customer;
  readonly webhookId: string;
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
}

interface Address {
  readonly address: string;
}

export function asAccount({ address }: Address, customer: Customer): Asker {
  const [webhookId = ''] = customer.webhooks.values();
  return {
    customer,
    webhookId,
    ask: (method, path, body, headers = {}) =>
      call(`${address}${path}`, method, { 'x-api-key': customer.apiKey, ...headers }, body),
  };
}

export function asPlatform({ address }: Address, key: string, events: readonly object[]): Promise<Answer> {
  return call(`${address}/platform/v1/events`, 'POST', { 'x-api-key': key }, { events });
}

async function call(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const { error } = JSON.parse(await response.text());
    return {
      status: response.status,
      code: error?.code ?? null,
      retryAfter: response.headers.get('retry-after'),
    };
  } catch (error) {
    return { status: 0, code: String(error), retryAfter: null };
  }
}

/** One of these, and where it is a refusal, the contract's for a service that has too much to do. */
export function expectAnswered(answers: readonly Answer[], statuses: readonly number[]): void {
  expect(answers.filter(({ status }) => !statuses.includes(status))).toEqual([]);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.filter(({ code, retryAfter }) => code !== 'SERVICE_001' || retryAfter !== '1')).toEqual([]);
}
