import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';

let service: TestService;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

/** What the browser says of an answer that a test provokes. */
const refusals = /status of (401|403|404)/;

beforeEach(async () => {
  watched = await openPage(browser, service.address, { expected: refusals });
});
afterEach(() => watched.close());

describe('signing in', () => {
  test('a key that is unknown is refused at the field, and what was typed stays', async () => {
    const { page } = watched;
    await page.goto(service.address);
    await page.getByLabel('API key', { exact: true }).fill('ph_unknown');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This key is unknown, revoked or expired').waitFor();
    expect(await page.getByLabel('API key', { exact: true }).inputValue()).toBe('ph_unknown');
    await expectAccessible(page);
  });

  test('without a key it says what is missing', async () => {
    const { page } = watched;
    await page.goto(service.address);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter an API key').waitFor();
  });

  test('the key of a profile opens its pages; the key is in no address and in no storage that outlives the tab', async () => {
    const { page } = watched;
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await signIn(page, service.address, service.keys.profileKey);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(addresses.filter((address) => address.includes(service.keys.profileKey))).toEqual([]);
    const kept = await page.evaluate('JSON.stringify({ ...localStorage }) + document.cookie + location.href');
    expect(kept).not.toContain(service.keys.profileKey);
  });

  test('reloading keeps the session and the page; signing out ends it', async () => {
    const { page } = watched;
    await signIn(page, service.address, service.keys.profileKey, '/webhooks');
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('the platform key opens the pages of the operator', async () => {
    const { page } = watched;
    await signIn(page, service.address, service.keys.platformKey, '/accounts');
    await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
  });
});

describe('a key that is revoked while its page is open', () => {
  interface NewKey {
    readonly id: string;
    readonly key: string;
  }

  async function onPlatform<Data>(method: string, path: string): Promise<Data> {
    const response = await fetch(`${service.address}/platform/v1${path}`, {
      method,
      headers: { 'x-api-key': service.keys.platformKey },
    });
    expect(response.ok).toBe(true);
    return method === 'DELETE' ? (undefined as Data) : ((await response.json()) as { data: Data }).data;
  }

  const keysPath = () => `/accounts/${service.keys.profileId}/api-keys`;

  test('is asked for above the page, which keeps what was typed and goes on with the next key', async () => {
    const { page } = watched;
    const first = await onPlatform<NewKey>('POST', keysPath());
    const second = await onPlatform<NewKey>('POST', keysPath());
    await signIn(page, service.address, first.key, '/webhooks');
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await onPlatform('DELETE', `${keysPath()}/${first.id}`);

    await page.getByLabel('Search').fill('order');
    const dialog = page.getByRole('dialog', { name: 'Your key is not accepted any more' });
    await dialog.waitFor();
    await expectAccessible(page);
    await dialog.getByLabel('API key', { exact: true }).fill(second.key);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Search').inputValue()).toBe('order');
    await page.getByText('Nothing found').waitFor();
  });

  test('the key of another account is not taken for it', async () => {
    const { page } = watched;
    const first = await onPlatform<NewKey>('POST', keysPath());
    await signIn(page, service.address, first.key, '/webhooks');
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await onPlatform('DELETE', `${keysPath()}/${first.id}`);
    await page.getByLabel('Search').fill('order');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('API key', { exact: true }).fill(service.keys.organizationKey);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByText('This key is of another account: sign out first').waitFor();
    await dialog.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Posthorn', level: 1 }).waitFor();
  });
});

test('an organization switches between itself and its profile, and sees the webhooks of the one it acts as', async () => {
  const response = await fetch(`${service.address}/v3/webhooks`, {
    method: 'POST',
    headers: { 'x-api-key': service.keys.profileKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      display_name: 'Of the profile',
      endpoint_url: 'https://example.com/hook',
      event_types: ['message'],
    }),
  });
  expect(response.status).toBe(201);
  const { page } = watched;
  await signIn(page, service.address, service.keys.organizationKey, '/webhooks');
  await page.getByText('No webhooks yet').waitFor();
  await page.getByLabel('Acting as').selectOption({ index: 1 });
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByText('Of the profile').waitFor();
  await page.reload();
  await page.getByText('Of the profile').waitFor();
  await page.getByLabel('Acting as').selectOption({ index: 0 });
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByText('No webhooks yet').waitFor();
});

test('a part of the page that cannot be loaded is said, while the menu stays', async () => {
  const { page, close } = await openPage(browser, service.address, {
    expected: /Failed to load resource|dynamically imported module|Unable to preload|error occurred in/,
  });
  await signIn(page, service.address, service.keys.profileKey);
  await page.route(/\/assets\/webhooks-page/, (route) => route.abort());
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByText('This part of the page could not be shown.').waitFor();
  expect(await page.getByRole('navigation', { name: 'Main' }).isVisible()).toBe(true);
  await page.unroute(/\/assets\/webhooks-page/);
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  await close();
});
