import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { callerOf, makeWebhook, type SeenWebhook } from './caller.ts';
import { publish } from './traffic.ts';

let service: TestService;
let receiver: Receiver;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

interface Fared {
  readonly webhook: SeenWebhook;
  readonly delivered: number;
  readonly failed: number;
}

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '0.01', POSTHORN_RATE_LIMIT: '0' });
  receiver = await startReceiver(({ path }) => ({ status: statusAt.get(path) ?? 200 }));
  const call = callerOf(service, service.keys.profileKey);
  const at = (path: string, display_name: string, family: string) =>
    makeWebhook(call, { display_name, endpoint_url: `${receiver.url}${path}`, event_types: [family] });
  await at('/orders', 'Order notifications', 'message');
  await at('/busy', 'Billing mirror', 'contact');
  await at('/gone', 'Campaigns', 'channel');
  const old = await at('/crm', 'Old CRM', 'link');
  await call('PATCH', `/v3/webhooks/${old.id}/toggle-status`, { is_active: false });
  await publish(service, 'message.sent', [{}, {}]);
  await publish(service, 'contact.help');
  await publish(service, 'channel.submitted');
  // Two for the orders, two tries at the busy one, one at the one that is gone.
  await receiver.waitFor(5);
  await eventually(
    async () => (await call<{ webhooks: Fared[] }>('GET', '/v3/stats/webhooks')).data.webhooks,
    (webhooks) => webhooks.reduce((sum, { delivered, failed }) => sum + delivered + failed, 0) === 4,
  );
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

const statusAt = new Map([
  ['/busy', 503],
  ['/gone', 410],
]);

beforeEach(async () => {
  watched = await openPage(browser, service.address);
  page = watched.page;
});
afterEach(() => watched.close());

const open = () => signIn(page, service.address, service.keys.profileKey, '/webhooks');
const row = (name: string) => page.getByRole('row', { name });
const names = () => page.getByRole('table').getByRole('link').allTextContents();
const health = (name: string) => page.getByRole('radiogroup', { name: 'Health' }).getByText(name);

describe('the list of webhooks', () => {
  test('tells of each how it is, and of one that is disabled why', async () => {
    await open();
    await row('Order notifications').getByText('100 %', { exact: true }).waitFor();
    await row('Order notifications').getByText('active', { exact: true }).waitFor();
    await row('Order notifications').getByText('2 of 2').waitFor();
    await row('Order notifications').getByRole('img', { name: 'Latency of the last 24 hours' }).waitFor();
    await row('Billing mirror').getByText('failing', { exact: true }).waitFor();
    await row('Billing mirror').getByText('The last delivery failed.').waitFor();
    await row('Campaigns').getByText('disabled', { exact: true }).waitFor();
    await row('Campaigns').getByText('The endpoint answered 410 Gone.').waitFor();
    await row('Old CRM').getByText('The webhook was deactivated.').waitFor();
    await row('Old CRM').getByText('never', { exact: true }).waitFor();
  });

  test('is searched by name and by URL, and is as it was after going to a webhook and back', async () => {
    await open();
    await page.getByLabel('Search').fill('/busy');
    await row('Order notifications').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['Billing mirror']);
    await page.getByLabel('Search').fill('old c');
    await row('Old CRM').waitFor();
    await row('Billing mirror').waitFor({ state: 'detached' });
    await row('Old CRM').getByRole('link').click();
    await page.getByRole('heading', { name: 'Old CRM', level: 1 }).waitFor();
    await page.goBack();
    await row('Old CRM').waitFor();
    expect(await names()).toEqual(['Old CRM']);
    expect(await page.getByLabel('Search').inputValue()).toBe('old c');
  });

  test('is filtered by health, and says when nothing is left', async () => {
    await open();
    await health('Disabled').click();
    await row('Order notifications').waitFor({ state: 'detached' });
    expect(await names()).toEqual(['Old CRM', 'Campaigns']);
    await page.getByLabel('Search').fill('mirror');
    await page.getByText('No disabled webhook has “mirror” in its name or URL.').waitFor();
    await page.getByRole('link', { name: 'Show all webhooks' }).click();
    await row('Order notifications').waitFor();
    expect(await names()).toHaveLength(4);
    expect(await page.getByLabel('Search').inputValue()).toBe('');
  });

  test('begins with the newest, or with what fails', async () => {
    await open();
    await row('Old CRM').waitFor();
    expect(await names()).toEqual(['Old CRM', 'Campaigns', 'Billing mirror', 'Order notifications']);
    await page.getByRole('radiogroup', { name: 'Order' }).getByText('Failing first').click();
    await page.getByRole('row').nth(1).getByText('Billing mirror').waitFor();
    expect((await names()).at(-1)).toBe('Order notifications');
  });

  test('opens a webhook wherever its row is clicked', async () => {
    await open();
    // By its place: what lies there is the link.
    await row('Campaigns').getByText('The endpoint answered 410 Gone.').click({ force: true });
    await page.getByRole('heading', { name: 'Campaigns', level: 1 }).waitFor();
    await page.getByText('The endpoint answered 410 Gone.').first().waitFor();
    await page.getByText('send a test event, then activate it').waitFor();
  });

  test('of an account without webhooks leads to the first one', async () => {
    await signIn(page, service.address, service.keys.organizationKey, '/webhooks');
    await page.getByRole('link', { name: 'Create the first webhook' }).click();
    await page.getByRole('heading', { name: 'New webhook', level: 1 }).waitFor();
  });
});

test.each([
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 360, colorScheme: 'light' },
] as const)('everybody can use the list, $width px wide and $colorScheme', async (looks) => {
  const other = await openPage(browser, service.address, looks);
  const { address, keys } = service;
  await other.page.goto(`${address}/#/webhooks`);
  await other.page.getByLabel('API key', { exact: true }).fill(keys.profileKey);
  await other.page.getByRole('button', { name: 'Sign in' }).click();
  await other.page.getByRole('row', { name: 'Campaigns' }).waitFor();
  await expectAccessible(other.page);
  expect(await other.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(looks.width);
  await other.close();
});
