import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';

let service: TestService;
let receiver: Receiver;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '0.05' });
  receiver = await startReceiver((request) => ({ status: request.path === '/broken' ? 500 : 200 }));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});
beforeEach(async () => {
  watched = await openPage(browser, service.address, {
    expected: /status of (429|503)|Failed to load resource/,
  });
});
afterEach(() => watched.close());

async function call(method: string, path: string, key: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${service.address}${path}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return response.json();
}

async function createWebhook(name: string, path: string): Promise<void> {
  await call('POST', '/v3/webhooks', service.keys.profileKey, {
    display_name: name,
    endpoint_url: `${receiver.url}${path}`,
    event_types: ['message'],
    retry_count: 1,
  });
}

async function publish(count: number): Promise<void> {
  const event = { account_id: service.keys.profileId, event: 'message.sent', payload: {} };
  await call('POST', '/platform/v1/events', service.keys.platformKey, {
    events: Array.from({ length: count }, () => event),
  });
}

test('with no webhook it says what one is and where to create it', async () => {
  const { page } = watched;
  await signIn(page, service.address, service.keys.organizationKey);
  await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Create the first one' }).click();
  await page.waitForURL(/#\/webhooks\/new$/);
});

test('shows what was delivered and what failed, and the failing webhook first', async () => {
  await createWebhook('Broken', '/broken');
  await createWebhook('Whole', '/whole');
  await publish(3);
  const figures = () =>
    call('GET', '/v3/stats', service.keys.profileKey) as Promise<{
      data: { totals: { delivered: number; failed: number } };
    }>;
  await eventually(figures, ({ data }) => data.totals.delivered === 3 && data.totals.failed === 3);

  const { page } = watched;
  await signIn(page, service.address, service.keys.profileKey);
  const figure = (name: string) => page.getByRole('group', { name, exact: true });
  await figure('Delivered').getByText('3', { exact: true }).waitFor();
  await figure('Failed').getByText('3', { exact: true }).waitFor();
  await figure('Delivered').getByText('50 % of what ended').waitFor();

  await page.getByRole('img', { name: /^Deliveries by outcome/ }).waitFor();
  const table = page.getByRole('table', { name: 'Deliveries by outcome' });
  expect(await table.getByRole('row').count()).toBe(49);
  expect(await table.getByRole('row').last().getByRole('cell').allTextContents()).toEqual(['3', '3']);

  const names = page.getByRole('link', { name: /^(Broken|Whole)$/ });
  expect(await names.allTextContents()).toEqual(['Broken', 'Whole']);
  await page
    .getByRole('row', { name: /Broken/ })
    .getByText('failing')
    .waitFor();
  await expectAccessible(page);
});

test('another range has other buckets', async () => {
  const { page } = watched;
  await signIn(page, service.address, service.keys.profileKey);
  await page.getByText('7 days', { exact: true }).click();
  const table = page.getByRole('table', { name: 'Deliveries by outcome' });
  await eventually(
    () => table.getByRole('row').count(),
    (rows) => rows === 29,
  );
});

test('a limit and an outage are said, what was shown stays, and it goes on by itself', async () => {
  const { page } = watched;
  await signIn(page, service.address, service.keys.profileKey);
  const table = page.getByRole('table', { name: 'Deliveries by outcome' });
  await table.waitFor();

  const refusal = {
    success: false,
    data: null,
    error: {
      code: 'BUSINESS_002',
      message: 'Rate limit exceeded',
      details: null,
      doc_url: 'https://docs.sent.dm',
    },
    meta: { request_id: 'req_0123456789', timestamp: '2026-01-15T10:30:00+00:00', version: 'v3' },
  };
  let isRefusing = true;
  await page.route(/\/v3\/stats/, (route) =>
    isRefusing
      ? route.fulfill({ status: 429, headers: { 'retry-after': '1' }, json: refusal })
      : route.continue(),
  );
  await page.getByText('30 days', { exact: true }).click();
  await page.getByText('Not up to date: Rate limit exceeded').first().waitFor();
  await page.getByText('Wait 1 s. It is tried again by itself.').first().waitFor();
  await table.waitFor();

  isRefusing = false;
  await eventually(
    () => table.getByRole('row').count(),
    (rows) => rows === 31,
  );
  await page.getByText('Not up to date').first().waitFor({ state: 'detached' });

  await page.context().setOffline(true);
  await page.getByText('1 hour', { exact: true }).click();
  await page.getByText('Not up to date: The service cannot be reached.').first().waitFor();
  await page.context().setOffline(false);
  await eventually(
    () => table.getByRole('row').count(),
    (rows) => rows === 13,
  );
});
