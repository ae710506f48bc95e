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
