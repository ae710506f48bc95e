import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type TestApi } from './harness.ts';

const redocly = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));

let api: TestApi;
// biome-ignore lint/suspicious/noExplicitAny: the tests look into all of the document
let document: any;

beforeAll(async () => {
  api = await startApi();
  document = (await api.call('GET', '/openapi.json')).json;
});
afterAll(() => api.close());

test('the OpenAPI document passes the recommended rules of Redocly', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-openapi-'));
  const file = join(directory, 'openapi.json');
  await writeFile(file, JSON.stringify(document));
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { stderr } = await promisify(execFile)(process.execPath, [redocly, 'lint', file], { env });
  expect(stderr).toContain('Your API description is valid');
  await rm(directory, { recursive: true });
});

test('the OpenAPI document describes every operation that is served', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.sort()).toEqual(
    [
      'DELETE /platform/v1/accounts/{id}',
      'DELETE /platform/v1/accounts/{id}/api-keys/{key_id}',
      'DELETE /platform/v1/event-types/{name}',
      'DELETE /v3/webhooks/{id}',
      'GET /platform/v1/accounts',
      'GET /platform/v1/accounts/{id}',
      'GET /platform/v1/accounts/{id}/api-keys',
      'GET /platform/v1/event-types',
      'GET /platform/v1/event-types/{name}',
      'GET /platform/v1/events/{id}',
      'GET /platform/v1/stats',
      'GET /v3/me',
      'GET /v3/stats',
      'GET /v3/stats/webhooks',
      'GET /v3/stats/webhooks/{id}',
      'GET /v3/webhooks',
      'GET /v3/webhooks/event-types',
      'GET /v3/webhooks/{id}',
      'GET /v3/webhooks/{id}/events',
      'GET /v3/webhooks/{id}/events/{event_id}',
      'PATCH /platform/v1/accounts/{id}',
      'PATCH /v3/webhooks/{id}/toggle-status',
      'POST /platform/v1/accounts',
      'POST /platform/v1/accounts/{id}/api-keys',
      'POST /platform/v1/events',
      'POST /v3/webhooks',
      'POST /v3/webhooks/{id}/events/{event_id}/resend',
      'POST /v3/webhooks/{id}/rotate-secret',
      'POST /v3/webhooks/{id}/test',
      'PUT /platform/v1/event-types/{name}',
      'PUT /v3/webhooks/{id}',
    ].sort(),
  );
});

test('every operation has an id of its own, a tag, a key and its errors', () => {
  const operations: { operationId: string; tags: string[]; security: object[]; responses: object }[] =
    Object.values(document.paths).flatMap((methods) => Object.values(methods as object));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { tags, security, responses } of operations) {
    expect(tags).toHaveLength(1);
    expect(security).toHaveLength(1);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '500', '503']));
  }
});

test('only the bodies that may be left out are optional', () => {
  const optional = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { requestBody?: { required: boolean } }>)
      .filter(([, { requestBody }]) => requestBody?.required === false)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  expect(optional.sort()).toEqual([
    'POST /platform/v1/accounts/{id}/api-keys',
    'POST /v3/webhooks/{id}/events/{event_id}/resend',
    'POST /v3/webhooks/{id}/rotate-secret',
    'PUT /platform/v1/event-types/{name}',
  ]);
});
