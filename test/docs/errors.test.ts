/** What docs/errors.md says beside its table of errors, which test/api/errors.test.ts compares. */
import { afterEach, expect, test } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { type Method, startApi, type TestApi } from '../api/harness.ts';
import { readPage, sectionOf, tableRows } from './markdown.ts';

const section = sectionOf(readPage('docs/errors.md').text, '## Rate limits');
const configured = readConfig({});
if (!configured.ok) throw new Error('the default configuration is not valid');
const { rateLimits } = configured.value;
const id = 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8';

let api: TestApi;
afterEach(() => api.close());

async function startWith(limits: Config['rateLimits']): Promise<void> {
  api = await startApi({ config: { rateLimits: limits } });
}

/** The limit and the whole burst, which are shown before the caller is known. */
async function limitAt(method: Method, path: string): Promise<unknown[]> {
  const { headers } = await api.call(method, path, { key: null });
  return [headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']];
}

test('its limits and bursts are those of the service', async () => {
  await startWith(rateLimits);
  const [, ...rows] = tableRows(section);
  expect(rows.map(([, limit, burst]) => [limit, burst])).toEqual([
    await limitAt('GET', '/v3/webhooks'),
    await limitAt('POST', `/v3/webhooks/${id}/rotate-secret`),
    await limitAt('POST', `/v3/webhooks/${id}/test`),
  ]);
});

test('a burst grows with its limit as the page says', async () => {
  await startWith({ ...rateLimits, standard: 1000 });
  expect(section).toContain('1000 a minute allow 250 at once');
  expect(await limitAt('GET', '/v3/webhooks')).toEqual(['1000', '250']);
});

test('without a limit the headers are absent', async () => {
  await startWith({ ...rateLimits, standard: 0 });
  expect(await limitAt('GET', '/v3/webhooks')).toEqual([undefined, undefined]);
});

test('an unknown path and a wrong method are answered before the key is asked for', async () => {
  await startWith(rateLimits);
  expect((await api.call('GET', '/v3/nothing', { key: null })).status).toBe(404);
  expect((await api.call('DELETE', '/v3/webhooks', { key: null })).status).toBe(405);
  expect((await api.call('GET', '/v3/webhooks', { key: null })).status).toBe(401);
});
