import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { callApi, type SeededAccount, seedUser } from './platform-client.ts';

let service: TestService;
let browser: Browser;
let account: SeededAccount;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
  account = await seedUser(service, 'Keyed');
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});
beforeEach(async () => {
  watched = await openPage(browser, service.address, { expected: /status of (400|401|403)/ });
  page = watched.page;
  await signIn(page, service.address, service.keys.platformKey, `/accounts/${account.id}`);
});
afterEach(() => watched.close());

const dialog = () => page.getByRole('dialog');
const me = async (key: string) => (await callApi(service, key, 'GET', '/v3/me')).status;

describe('a new API key', () => {
  test('is shown once, copied, and opens the API; afterwards it is nowhere on the page', async () => {
    await page.getByRole('button', { name: 'New API key' }).click();
    await dialog().getByLabel('Name').fill('Production');
    await page.keyboard.press('Enter');
    await dialog().getByText('Copy it now').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog().getByRole('button', { name: 'Copy API key' }).click();
    await dialog().getByRole('button', { name: 'Copied', exact: true }).waitFor();
    const key = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(await dialog().textContent()).toContain(key);
    expect(await me(key)).toBe(200);

    await dialog().getByRole('button', { name: 'I have copied it' }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Production/ }).waitFor();
    expect(await page.content()).not.toContain(key);
    await page.getByRole('button', { name: 'New API key' }).click();
    await dialog().getByLabel('Name').waitFor();
    expect(await page.content()).not.toContain(key);
  });

  test('may not have expired already: that is said at its field, and the name is kept', async () => {
    await page.getByRole('button', { name: 'New API key' }).click();
    await dialog().getByLabel('Name').fill('Short-lived');
    await dialog().getByLabel('Expires').fill('2020-01-01T10:00');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await dialog().getByText('Expires at must be in the future').waitFor();
    expect(await dialog().getByLabel('Name').inputValue()).toBe('Short-lived');
    await dialog().getByLabel('Expires').fill('2099-01-01T10:00');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await dialog().getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('row', { name: /Short-lived/ }).waitFor();
    const list = await callApi(
      service,
      service.keys.platformKey,
      'GET',
      `/platform/v1/accounts/${account.id}/api-keys`,
    );
    const expiries = list.data.api_keys.map(({ expires_at }: { expires_at: string | null }) => expires_at);
    expect(expiries).toContainEqual(expect.stringMatching(/^(2098-12-31|2099-01-0[12])T/));
  });
});

describe('revoking an API key', () => {
  test('asks first; revoked, the key is refused', async () => {
    expect(await me(account.key)).toBe(200);
    await page.getByRole('button', { name: 'Revoke Seeded' }).click();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect(await me(account.key)).toBe(200);
    await page.getByRole('button', { name: 'Revoke Seeded' }).click();
    await dialog().getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /Seeded/ }).waitFor({ state: 'detached' });
    expect(await me(account.key)).toBe(401);
  });
});
