import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { callApi, seedUser } from './platform-client.ts';

let service: TestService;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
/** That there is from the beginning, as My organization. */
let organizationId: string;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
  const { data } = await platform('GET', '/accounts?type=organization');
  organizationId = data.accounts[0].id;
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

/** What the browser says of the refusals and the lost network that tests provoke; a platform key is refused at /v3/me. */
const provoked = /status of (400|401|403|404)|ERR_INTERNET_DISCONNECTED/;

beforeEach(async () => {
  watched = await openPage(browser, service.address, { expected: provoked });
  page = watched.page;
});
afterEach(() => watched.close());

const open = (path: string) => signIn(page, service.address, service.keys.platformKey, path);
const platform = (method: string, path: string, body?: object) =>
  callApi(service, service.keys.platformKey, method, `/platform/v1${path}`, body);
const dialog = () => page.getByRole('dialog');

describe('the list of accounts', () => {
  test('is searched by a part of the name and by the id, and says when nothing is found', async () => {
    const { id } = await seedUser(service, 'Quagga Mobile');
    await seedUser(service, 'Zebra Mobile');
    await open('/accounts');
    await page.getByRole('link', { name: 'Zebra Mobile' }).waitFor();
    await page.getByLabel('Search').fill('quagga');
    await page.getByRole('link', { name: 'Zebra Mobile' }).waitFor({ state: 'detached' });
    await page.getByLabel('Search').fill('no such name');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await page.getByLabel('Search').fill(id);
    await page.getByRole('link', { name: 'Quagga Mobile' }).click();
    await page.getByRole('heading', { name: 'Quagga Mobile', level: 1 }).waitFor();
    await page.getByText(id).waitFor();
  });
});

describe('creating an account', () => {
  test('says at the fields what is missing, keeps what was typed, and opens the new account', async () => {
    await open('/accounts');
    await page.getByRole('button', { name: 'New account' }).click();
    await dialog().getByLabel('Email').fill('ops@example.com');
    await dialog().getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: /^Profile/ }).click();
    await dialog().getByRole('button', { name: 'Create' }).click();
    await dialog().getByText('Name is required').waitFor();
    await dialog().getByText('Organization ID is required for a profile').waitFor();
    expect(await dialog().getByLabel('Email').inputValue()).toBe('ops@example.com');
    await expectAccessible(page);

    await dialog().getByRole('combobox', { name: 'Organization' }).fill('my organ');
    await page.getByRole('option', { name: /My organization/ }).click();
    await dialog().getByRole('textbox', { name: 'Name', exact: true }).fill('Second sender');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Second sender', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'My organization' }).waitFor();
    const found = await platform('GET', '/accounts?search=Second%20sender');
    expect(found.data.accounts).toMatchObject([
      { type: 'profile', email: 'ops@example.com', organization_id: organizationId },
    ]);
  });

  test('as a profile of an organization begins at its page, which lists it then', async () => {
    await open(`/accounts/${organizationId}`);
    await page.getByRole('button', { name: 'New profile' }).click();
    await dialog().getByLabel('Name').fill('Third sender');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Third sender', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'My organization' }).click();
    await page.getByRole('link', { name: 'Third sender' }).waitFor();
  });

  test('without a network it says so and keeps what was typed; with one, saving again succeeds', async () => {
    await open('/accounts');
    await page.getByRole('button', { name: 'New account' }).click();
    await dialog().getByLabel('Name').fill('Offline Ltd');
    await page.context().setOffline(true);
    await dialog().getByRole('button', { name: 'Create' }).click();
    await dialog().getByRole('alert').getByText('The service cannot be reached.').waitFor();
    expect(await dialog().getByRole('alert').textContent()).toContain('then try again');
    expect(await dialog().getByLabel('Name').inputValue()).toBe('Offline Ltd');
    await page.context().setOffline(false);
    await dialog().getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Offline Ltd', level: 1 }).waitFor();
    expect((await platform('GET', '/accounts?search=offline')).data.pagination.total_count).toBe(1);
  });
});

describe('an account', () => {
  test('is renamed; a blank name is refused at its field', async () => {
    const { id } = await seedUser(service, 'Before');
    await open(`/accounts/${id}`);
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog().getByLabel('Name').fill(' ');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText('Name is required').waitFor();
    await dialog().getByLabel('Name').fill('After');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'After', level: 1 }).waitFor();
    expect((await platform('GET', `/accounts/${id}`)).data).toMatchObject({ name: 'After', email: null });
  });

  test('is suspended after a question, which refuses its key, and reactivated', async () => {
    const { id, key } = await seedUser(service, 'To be suspended');
    const me = async () => (await callApi(service, key, 'GET', '/v3/me')).status;
    await open(`/accounts/${id}`);
    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await me()).toBe(200);
    await page.getByRole('button', { name: 'Suspend' }).click();
    await dialog().getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('button', { name: 'Reactivate' }).waitFor();
    expect(await me()).toBe(403);
    await page.getByRole('button', { name: 'Reactivate' }).click();
    await dialog().getByRole('button', { name: 'Reactivate' }).click();
    await page.getByRole('button', { name: 'Suspend' }).waitFor();
    expect(await me()).toBe(200);
  });

  test('is deleted only under its exact name, with its keys', async () => {
    const { id, key } = await seedUser(service, 'To be deleted');
    await open(`/accounts/${id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    const confirm = dialog().getByRole('button', { name: 'Delete for good' });
    await dialog().getByLabel(/^Type/).fill('To be');
    expect(await confirm.isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    expect((await platform('GET', `/accounts/${id}`)).status).toBe(200);
    await dialog().getByLabel(/^Type/).fill('To be deleted');
    await confirm.click();
    await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'To be deleted' }).waitFor({ state: 'detached' });
    expect((await platform('GET', `/accounts/${id}`)).status).toBe(404);
    expect((await callApi(service, key, 'GET', '/v3/me')).status).toBe(401);
  });
});
