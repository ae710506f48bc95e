import type { Browser, Page } from 'playwright-core';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { verifyByContract } from '../support/verify-by-contract.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { type Caller, callerOf, makeWebhook, type SeenWebhook } from './caller.ts';

let service: TestService;
let browser: Browser;
let call: Caller;
let receiver: Receiver;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RATE_LIMIT: '0', POSTHORN_RATE_LIMIT_TEST: '0' });
  call = callerOf(service, service.keys.profileKey);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

beforeEach(async () => {
  receiver = await startReceiver({ body: 'thank you' });
  watched = await openPage(browser, service.address, { expected: /status of (400|429)/ });
  page = watched.page;
});
afterEach(async () => {
  await watched.close();
  await receiver.close();
});

const dialog = () => page.getByRole('dialog');
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const confirm = (name: string) => dialog().getByRole('button', { name, exact: true });
const stored = (id: string) => call<SeenWebhook>('GET', `/v3/webhooks/${id}`);

/** A new webhook whose page is open. */
async function openNew(display_name: string, tab: string, endpoint_url = receiver.url): Promise<SeenWebhook> {
  const webhook = await makeWebhook(call, { display_name, endpoint_url });
  await signIn(page, service.address, service.keys.profileKey, `/webhooks/${webhook.id}${tab}`);
  await page.getByRole('heading', { name: display_name, level: 1 }).waitFor();
  return webhook;
}

async function delivered(id: string): Promise<ReceivedRequest> {
  await call('POST', `/v3/webhooks/${id}/test`, { event_type: 'message.sent' });
  return receiver.next();
}

/** As the library of Standard Webhooks sees it, which takes any of several signatures. */
function isStandard({ headers, body }: ReceivedRequest, secret: string | null): boolean {
  try {
    new StandardWebhook(secret ?? '').verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

describe('rotating the secret', () => {
  const newSecret = async () =>
    (await dialog()
      .getByText(/^whsec_/)
      .textContent()) ?? '';

  test('at once ends the old one: only what is signed with the new one is delivered', async () => {
    const { id, signing_secret: old } = await openNew('At once', '/settings');
    await press('Rotate secret');
    await confirm('Rotate secret').click();
    const secret = await newSecret();
    await page.keyboard.press('Escape');
    await confirm('I have copied it').click();
    await dialog().waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(secret);
    const request = await delivered(id);
    expect([verifyByContract(request, secret), verifyByContract(request, old ?? '')]).toEqual([true, false]);
    expect([isStandard(request, secret), isStandard(request, old)]).toEqual([true, false]);
  });

  test('with an overlap keeps the old one valid beside the new one', async () => {
    const { id, signing_secret: old } = await openNew('Overlapping', '/settings');
    await press('Rotate secret');
    await dialog().getByLabel('stays valid for a while').check();
    await dialog().getByLabel('Hours').fill('200');
    await expectAccessible(page);
    await confirm('Rotate secret').click();
    await dialog().getByText('Overlap seconds must be between 1 and 604800').waitFor();
    await dialog().getByLabel('Hours').fill('2');
    await confirm('Rotate secret').click();
    const secret = await newSecret();
    await expectAccessible(page);
    const request = await delivered(id);
    expect([verifyByContract(request, secret), verifyByContract(request, old ?? '')]).toEqual([true, false]);
    expect([isStandard(request, secret), isStandard(request, old)]).toEqual([true, true]);
  });

  test('too often is refused for a while, and says for how long', async () => {
    const { id } = await openNew('Too often', '/settings');
    let status = 200;
    while (status === 200) ({ status } = await call('POST', `/v3/webhooks/${id}/rotate-secret`));
    expect(status).toBe(429);
    await press('Rotate secret');
    await confirm('Rotate secret').click();
    await dialog()
      .getByRole('alert')
      .getByText(/^Rate limit exceeded/)
      .waitFor();
    await dialog()
      .getByText(/^Wait \d+ s, then try again\.$/)
      .waitFor();
  });
});

describe('turning a webhook off', () => {
  test('asks first, then shows it as disabled with the reason; turning it on needs no question', async () => {
    const { id } = await openNew('Turned off', '/settings');
    await press('Deactivate');
    await confirm('Cancel').click();
    expect((await stored(id)).data.is_active).toBe(true);
    await press('Deactivate');
    await confirm('Deactivate').click();
    await page.getByText('The webhook was deactivated.').waitFor();
    expect((await stored(id)).data.is_active).toBe(false);
    await press('Activate');
    await page.getByText('active', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Deactivate' }).waitFor();
    expect((await stored(id)).data.is_active).toBe(true);
  });
});

describe('deleting a webhook', () => {
  test('needs its exact name, and leads back to the list without it', async () => {
    const { id } = await openNew('Orders of  2026', '/settings');
    await press('Delete webhook');
    const name = dialog().getByRole('textbox');
    await name.fill('orders of 2026');
    expect(await confirm('Delete for good').isDisabled()).toBe(true);
    await name.press('Enter');
    expect((await stored(id)).status).toBe(200);
    await name.fill('Orders of 2026');
    await expectAccessible(page);
    await name.press('Enter');
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Orders of 2026' }).waitFor({ state: 'detached' });
    expect((await stored(id)).status).toBe(404);
  });
});

describe('a test event', () => {
  test('that is delivered shows the request as the endpoint got it, and its answer', async () => {
    const { id } = await openNew('Tested', '');
    await press('Send test event');
    await dialog().getByLabel('Event type').selectOption('contact.opt_in');
    await confirm('Send').click();
    const request = await receiver.next();
    expect(request.headers['x-webhook-event-type']).toBe('contact.opt_in');
    await dialog().getByText(String(request.headers['x-webhook-signature'])).waitFor();
    await dialog().getByText(String(request.headers['webhook-signature'])).waitFor();
    await dialog().getByText(`POST ${receiver.url}`).waitFor();
    await dialog().getByText('HTTP 200').waitFor();
    await dialog().getByText('thank you').waitFor();
    await dialog().getByText('Raw').click();
    await dialog().getByText(request.body).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect((await stored(id)).data).toMatchObject({ is_active: true });
  });

  test('that fails says why, and can be sent again once the endpoint is well', async () => {
    await openNew('Failing', '');
    receiver.respondWith({ status: 503, body: 'not now' });
    await press('Send test event');
    await confirm('Send').click();
    await dialog()
      .getByText(/^Failed after 1 attempt: The endpoint answered 503/)
      .waitFor();
    await dialog().getByText('not now').waitFor();
    receiver.respondWith({ body: 'well again' });
    await confirm('Send').click();
    await dialog().getByText('well again').waitFor();
    expect(await dialog().getByText('not now').count()).toBe(0);
  });

  test('to an endpoint that nobody listens at says that it was refused', async () => {
    await openNew('Refused', '', `http://127.0.0.1:${await freePort()}/`);
    await press('Send test event');
    await confirm('Send').click();
    await dialog()
      .getByText(/^Failed after 1 attempt: .*refused/i)
      .waitFor();
    await dialog().getByText('no answer').waitFor();
  });
});

test('the URL is copied also where the browser gives pages no clipboard', async () => {
  await page.addInitScript('delete Navigator.prototype.clipboard');
  const { endpoint_url } = await openNew('Copied', '/settings');
  await press('Copy URL');
  await press('Rotate secret').then(() => confirm('Cancel').click());
  await page.getByLabel('Display name').fill('');
  await page.getByLabel('Display name').press('Control+V');
  expect(await page.getByLabel('Display name').inputValue()).toBe(endpoint_url);
});
