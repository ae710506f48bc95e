import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn } from './browser.ts';
import { callApi, type SeededAccount, seedUser, seedWebhook } from './platform-client.ts';

let service: TestService;
let browser: Browser;
let healthy: Receiver;
let broken: Receiver;
let account: SeededAccount;
let eventId: string;

const expected = /status of 403/;
const platform = (method: string, path: string, body?: object) =>
  callApi(service, service.keys.platformKey, method, `/platform/v1${path}`, body);

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '3600' });
  browser = await launchBrowser();
  healthy = await startReceiver({ body: 'thank you' });
  broken = await startReceiver({ status: 503, body: 'x'.repeat(3000) });
  account = await seedUser(service, 'Acme');
  await seedWebhook(service, account.key, healthy.url);
  await seedWebhook(service, account.key, broken.url);
  const event = { account_id: account.id, event: 'message.sent', payload: { message_id: 'm-1' } };
  eventId = (await platform('POST', '/events', event)).data.events[0].id;
  await eventually(
    async () => (await platform('GET', '/stats')).data,
    ({ backlog, totals }) => backlog.retrying === 1 && totals.delivered === 1,
  );
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
  await healthy?.close();
  await broken?.close();
});

describe('the overview of the operator', () => {
  test('shows what waits, how many there are, and how the last day went', async () => {
    const watched = await openPage(browser, service.address, { expected });
    const { page } = watched;
    await signIn(page, service.address, service.keys.platformKey);
    const figure = (name: string) => page.getByRole('group', { name, exact: true });
    await figure('Delivered').waitFor();
    const shown = async (name: string) => (await figure(name).locator('p').nth(1).textContent()) ?? '';
    expect(await shown('Waiting deliveries')).toBe('1');
    expect(await shown('Active webhooks')).toBe('2');
    expect(await shown('Delivered')).toBe('1');
    expect(await shown('Failed')).toBe('0');
    await figure('Delivered').getByText('100 % of what ended').waitFor();
    expect(await shown('Latency')).toMatch(/^[\d,]+ ms$/);
    expect(await shown('Oldest waiting')).toMatch(/just now|ago/);
    const { accounts } = (await platform('GET', '/stats')).data;
    expect(await figure('Accounts').textContent()).toContain(String(accounts));
    await figure('Accounts').getByRole('link').click();
    await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
    await watched.close();
  });
});

describe('the pages of the operator', () => {
  test.each([
    { width: 360, colorScheme: 'light' },
    { width: 360, colorScheme: 'dark' },
    { width: 2560, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark' },
  ] as const)(
    'can be used by everybody and fit, $colorScheme at $width px',
    async ({ width, colorScheme }) => {
      const watched = await openPage(browser, service.address, { width, colorScheme, expected });
      const { page } = watched;
      await signIn(page, service.address, service.keys.platformKey);
      // Each with something that is there once it is complete.
      const pages = [
        { path: '/', sign: page.getByRole('group', { name: 'Latency' }) },
        { path: '/accounts', sign: page.getByRole('link', { name: 'Acme' }) },
        { path: `/accounts/${account.id}`, sign: page.getByRole('button', { name: 'Revoke Seeded' }) },
        { path: '/event-types', sign: page.getByRole('link', { name: 'link.revoked' }) },
        { path: '/event-types/edit/message.sent', sign: page.getByRole('button', { name: 'Save' }) },
        { path: `/publish/${account.id}`, sign: page.getByRole('button', { name: 'Publish' }) },
        { path: `/events/${eventId}`, sign: page.getByRole('button', { name: 'Show all' }) },
      ];
      for (const { path, sign } of pages) {
        await page.evaluate(`location.hash = ${JSON.stringify(path)}`);
        await sign.waitFor();
        await expectAccessible(page);
        const sideways = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect({ path, sideways }).toEqual({ path, sideways: 0 });
      }
      await watched.close();
    },
  );
});
