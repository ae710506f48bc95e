import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { createWebhook, deliveriesOf, publish } from './traffic.ts';

let service: TestService;
let browser: Browser;
let receiver: Receiver;
let watched: WatchedPage;
let page: Page;
/** Has a log of 25: 20 message.sent, 4 message.failed that wait for their retry, and a message.read, the newest. */
let busyId: string;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '3600', POSTHORN_RATE_LIMIT: '0' });
  browser = await launchBrowser();
  receiver = await startReceiver(({ headers }) => ({
    status: headers['x-webhook-event-type'] === 'message.failed' ? 503 : 200,
  }));
  busyId = await createWebhook(service, receiver.url);
  await publish(
    service,
    'message.sent',
    Array.from({ length: 20 }, (_, n) => ({ n })),
  );
  await publish(
    service,
    'message.failed',
    Array.from({ length: 4 }, (_, n) => ({ n })),
  );
  await publish(service, 'message.read');
  await eventually(
    () => deliveriesOf(service, busyId),
    (all) => all.length === 25 && all.every(({ delivery_attempts }) => delivery_attempts === 1),
  );
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

beforeEach(async () => {
  watched = await openPage(browser, service.address);
  page = watched.page;
});
afterEach(() => watched.close());

const open = (webhookId: string, query = '') =>
  signIn(page, service.address, service.keys.profileKey, `/webhooks/${webhookId}/deliveries${query}`);
const links = (name: string | RegExp = /^message\./) => page.getByRole('table').getByRole('link', { name });

/** Waits until the list shows exactly these, and says which. */
async function expectRows(count: number, name?: string): Promise<void> {
  await eventually(
    () => Promise.all([links().count(), name === undefined ? count : links(name).count()]),
    (counts) => counts.every((seen) => seen === count),
  );
}

describe('a log that is looked at', () => {
  test('says that it is empty, and rows appear by themselves, the later ones marked as new', async () => {
    const id = await createWebhook(service, receiver.url, { event_types: ['call'] });
    await open(id);
    await page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
    await expectAccessible(page);
    await publish(service, 'call.initiated');
    await links('call.initiated').waitFor();
    await publish(service, 'call.completed');
    await page.getByRole('row', { name: /delivered call\.completed \(new\)/ }).waitFor();
    expect(await page.getByRole('row', { name: /call\.initiated \(new\)/ }).count()).toBe(0);
    await page.getByRole('status').filter({ hasText: 'New deliveries: 1' }).waitFor({ state: 'attached' });
  });

  test('stands still while Live is off, and catches up when it is on again', async () => {
    const id = await createWebhook(service, receiver.url, { event_types: ['link'] });
    await publish(service, 'link.clicked');
    await page.clock.install();
    await open(id);
    await links('link.clicked').waitFor();
    await page.getByRole('switch', { name: 'Live' }).uncheck();
    await publish(service, 'link.expired');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor(60_000);
    expect(asked.filter((url) => url.includes('/events'))).toEqual([]);
    expect(await links('link.expired').count()).toBe(0);
    await page.getByRole('switch', { name: 'Live' }).check();
    await page.clock.runFor(4000);
    await links('link.expired').waitFor();
  });
});

describe('filters', () => {
  test('by status', async () => {
    await open(busyId);
    await expectRows(20);
    await page.getByLabel('Status').selectOption('retrying');
    await expectRows(4, 'message.failed');
    expect(page.url()).toContain('?status=retrying');
    await page.getByLabel('Status').selectOption('failed');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByRole('button', { name: 'Show all deliveries' }).click();
    await expectRows(20);
  });

  test('by part of the event type, and by an id', async () => {
    const [newest] = await deliveriesOf(service, busyId);
    await open(busyId);
    await page.getByLabel('Search').fill('fail');
    await expectRows(4, 'message.failed');
    await page.getByLabel('Search').fill(newest?.id ?? '');
    await expectRows(1, 'message.read');
  });

  test('by the last hour, day and week, counted from now', async () => {
    const laterMs = Date.now() + 2 * 3_600_000;
    await page.clock.setFixedTime(laterMs);
    await open(busyId, '?range=1h');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByLabel('Time').selectOption('Last 24 hours');
    await expectRows(20);
    await page.clock.setFixedTime(laterMs + 24 * 3_600_000);
    await page.reload();
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByLabel('Time').selectOption('Last 7 days');
    await expectRows(20);
  });

  test('by two moments in the time of the machine; the second must be the later', async () => {
    await open(busyId);
    await page.getByLabel('Time').selectOption('From – to');
    await page.getByLabel('From', { exact: true }).fill('2020-01-01T10:00');
    await page.getByLabel('To', { exact: true }).fill('2020-01-01T09:00');
    await page.getByText('Must be later than From').waitFor();
    await page.getByLabel('To', { exact: true }).fill('2020-01-02T10:00');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByLabel('To', { exact: true }).fill('');
    await expectRows(20);
    expect(page.url()).toContain(`from=${encodeURIComponent(new Date('2020-01-01T10:00').toISOString())}`);
    await expectAccessible(page);
  });

  test('are in the address: whoever opens it sees the same, and reloading keeps it', async () => {
    await open(busyId, '?status=retrying&search=failed&range=24h&page_size=50');
    await expectRows(4, 'message.failed');
    await page.reload();
    await expectRows(4, 'message.failed');
    expect(await page.getByLabel('Search').inputValue()).toBe('failed');
    expect(await page.getByLabel('Status').inputValue()).toBe('retrying');
    expect(await page.getByLabel('Time').inputValue()).toBe('24h');
    expect(await page.getByLabel('Rows a page').inputValue()).toBe('50');
  });

  test('an address with values that are none shows all', async () => {
    await open(busyId, '?status=lost&range=x&page=-1&page_size=7&from=never');
    await expectRows(20);
  });
});

describe('pages', () => {
  test('are turned, linked to and made longer; only the first is live', async () => {
    await open(busyId);
    await page.getByRole('button', { name: 'Page 2' }).click();
    await expectRows(5, 'message.sent');
    expect(page.url()).toContain('page=2');
    expect(await page.getByRole('switch', { name: 'Live' }).isDisabled()).toBe(true);
    await page.goBack();
    await links('message.read').waitFor();
    await page.getByLabel('Rows a page').selectOption('50');
    await expectRows(25);
  });

  test('past the end there is a way back', async () => {
    await open(busyId, '?page=9');
    await page.getByRole('button', { name: 'To the first page' }).click();
    await expectRows(20);
  });
});
