import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { callApi } from './platform-client.ts';

let service: TestService;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});
beforeEach(async () => {
  watched = await openPage(browser, service.address, { expected: /status of (400|403)/ });
  page = watched.page;
});
afterEach(() => watched.close());

const open = (path: string) => signIn(page, service.address, service.keys.platformKey, path);
const platform = (method: string, path: string, body?: object) =>
  callApi(service, service.keys.platformKey, method, `/platform/v1${path}`, body);
const publish = async (event: string, payload: object) =>
  (await platform('POST', '/events', { account_id: service.keys.profileId, event, payload })).status;
const press = (name: string) => page.getByRole('main').getByRole('button', { name }).click();

describe('the catalogue', () => {
  test('shows each family with its events under it, and what a search finds', async () => {
    await open('/event-types');
    const links = page.getByRole('rowheader').getByRole('link');
    await links.first().waitFor();
    const names = await links.allTextContents();
    expect(names.slice(0, 3)).toEqual(['message', 'message.queued', 'message.routed']);
    expect(names.indexOf('contact.help')).toBe(names.indexOf('contact') + 3);
    await page.getByLabel('Search').fill('no such name');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByLabel('Search').fill('opt_out');
    await page.getByRole('link', { name: 'contact.opt_out' }).waitFor();
    expect(await links.allTextContents()).toEqual(['contact', 'contact.opt_out']);
  });

  test('takes a family and an event with a schema, which payloads must satisfy from then on', async () => {
    await open('/event-types/new');
    await page.getByLabel('Name', { exact: true }).fill('order');
    await press('Create');
    await page.getByRole('link', { name: 'Add event to order' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('order.');
    await page.getByLabel('Name', { exact: true }).fill('order.paid');
    await page.getByLabel('Description').fill('An order was paid');

    await page.getByLabel('JSON Schema').fill('{"type": ');
    await press('Create');
    await page.getByText(/^This is not JSON/).waitFor();
    await page.getByLabel('JSON Schema').fill('{"type": "text"}');
    await press('Create');
    await page.getByText(/^Schema must be a JSON Schema 2020-12/).waitFor();
    expect(await page.getByLabel('Description').inputValue()).toBe('An order was paid');
    await page.getByLabel('JSON Schema').fill('{"type": "object", "required": ["order_id"]}');
    await press('Create');
    await page.getByRole('row', { name: /order\.paid.*JSON Schema/ }).waitFor();
    expect(await publish('order.paid', {})).toBe(400);
    expect(await publish('order.paid', { order_id: '1' })).toBe(202);
  });

  test('refuses at the field a name that is taken, none, or not one', async () => {
    await open('/event-types/new');
    const name = page.getByLabel('Name', { exact: true });
    await name.waitFor();
    await press('Create');
    await page.getByText('Name is required').waitFor();
    await name.fill('message.sent');
    await press('Create');
    await page.getByText('There is an event type of this name already').waitFor();
    await name.fill('Not a name');
    await press('Create');
    await page.getByText(/^Name must be like invoice/).waitFor();
    await name.fill('unknown.event');
    await press('Create');
    await page.getByText('The parent unknown does not exist; create it first').waitFor();
  });

  test('changes one entry: what is not active can no longer be published, and the rest of it stays', async () => {
    await open('/event-types/edit/link.clicked');
    await page.getByLabel('Description').fill('Somebody clicked');
    await page.getByRole('switch', { name: 'Active' }).click({ force: true });
    await press('Save');
    await page.getByRole('row', { name: /link\.clicked Somebody clicked not active/ }).waitFor();
    expect(await publish('link.clicked', {})).toBe(400);
    expect((await platform('GET', '/event-types/link.clicked')).data).toEqual({
      name: 'link.clicked',
      parent: 'link',
      display_name: expect.any(String),
      description: 'Somebody clicked',
      is_active: false,
      schema: null,
    });
  });

  test('loses a family with its events, after saying which', async () => {
    await open('/event-types/edit/call');
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/call\.initiated, .*call\.recording_ready/).waitFor();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Event types', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'call.initiated' }).waitFor({ state: 'detached' });
    const { data } = await platform('GET', '/event-types');
    const names = data.event_types.map((type: { name: string }) => type.name);
    expect(names.filter((name: string) => name.startsWith('call'))).toEqual([]);
  });
});
