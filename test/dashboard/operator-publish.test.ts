import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { callApi, seedUser, seedWebhook } from './platform-client.ts';

let service: TestService;
let browser: Browser;
let receiver: Receiver;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '0.5', POSTHORN_RETRY_JITTER: '0' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});
beforeEach(async () => {
  receiver = await startReceiver({ body: 'thank you' });
  watched = await openPage(browser, service.address, { expected: /status of (400|403|404)/ });
  page = watched.page;
});
afterEach(async () => {
  await receiver.close();
  await watched.close();
});

const open = (path: string) => signIn(page, service.address, service.keys.platformKey, path);
const field = (label: string) => page.getByLabel(label, { exact: true });

async function choose(label: string, typed: string, option: RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label }).fill(typed);
  await page.getByRole('option', { name: option }).click();
}

async function publish(): Promise<void> {
  await page.getByRole('button', { name: 'Publish' }).click();
}

describe('publishing by hand', () => {
  test('reaches a real receiver as it was typed, and the event shows the attempt', async () => {
    const { key } = await seedUser(service, 'Bistro Lyon');
    const webhookId = await seedWebhook(service, key, receiver.url);
    await open('/publish');
    await choose('Account', 'bistro', /Bistro Lyon/);
    await choose('Event', 'message.deliv', /^message\.delivered$/);
    expect(await field('Payload').inputValue()).toContain('"message_status": "DELIVERED"');
    await field('Payload').fill('{"2": "second", "1": 1.50, "big": 12345678901234567890}');
    await field('Your own id').fill('order-7');
    await publish();
    await page.getByText('It goes to 1 webhook.').waitFor();
    expect((await receiver.next()).body).toContain('{"2": "second", "1": 1.50, "big": 12345678901234567890}');

    await publish();
    await page.getByText(/^This id was published before, to 1 webhook/).waitFor();
    await page.getByRole('link', { name: 'Show the event' }).click();
    await page.getByRole('heading', { name: 'message.delivered', level: 1 }).waitFor();
    const attempt = page.getByRole('group', { name: 'Attempt 1' });
    await attempt.getByText('thank you').waitFor();
    await attempt.getByText('Status 200').waitFor();
    await page.getByText(webhookId).waitFor();
    await page.getByText('order-7').waitFor();
    expect(receiver.requests).toHaveLength(1);
  });

  test('says at the fields what is missing or broken, and keeps what was typed', async () => {
    await open('/publish');
    await field('Payload').fill('{"broken": ');
    await publish();
    await page.getByText(/^This is not JSON/).waitFor();
    await field('Payload').fill('[1]');
    await publish();
    await page.getByText('Account ID is required').waitFor();
    await page.getByText('Event is required').waitFor();
    await page.getByText('Payload must be a JSON object').waitFor();
    expect(await field('Payload').inputValue()).toBe('[1]');
  });

  test('begins with the account whose page one comes from, and says when nobody is subscribed', async () => {
    const { id } = await seedUser(service, 'Without webhooks');
    await open(`/accounts/${id}`);
    await page.getByRole('link', { name: 'Publish to this account' }).click();
    await choose('Event', 'templates', /^templates$/);
    await publish();
    await page.getByText(/goes to nobody/).waitFor();
    await page.getByRole('link', { name: 'Show the event' }).click();
    await page.getByRole('heading', { name: 'It went to nobody' }).waitFor();
    await page.getByRole('link', { name: 'Without webhooks' }).waitFor();
  });

  test('an id for the account is found like its name, and a sample does not replace what was typed', async () => {
    const { id } = await seedUser(service, 'By its id');
    await open('/publish');
    await choose('Account', id, /By its id/);
    expect(await page.getByRole('combobox', { name: 'Account' }).inputValue()).toBe('By its id');
    await choose('Event', 'contact.help', /^contact\.help$/);
    await choose('Event', 'call.failed', /^call\.failed$/);
    expect(await field('Payload').inputValue()).toContain('"call_status": "FAILED"');
    await field('Payload').fill('{"mine": true}');
    await choose('Event', 'contact.help', /^contact\.help$/);
    expect(await field('Payload').inputValue()).toBe('{"mine": true}');
  });
});

describe('the page of an event', () => {
  test('is kept up to date by itself until everything is finished', async () => {
    let mend = () => {};
    const mended = new Promise<void>((resolve) => {
      mend = resolve;
    });
    receiver.respondWith((_, index) => (index === 0 ? { status: 503 } : { delayUntil: mended }));
    const { id, key } = await seedUser(service, 'Mended');
    await seedWebhook(service, key, receiver.url);
    const event = { account_id: id, event: 'message.sent', payload: {} };
    const path = '/platform/v1/events';
    const { data } = await callApi(service, service.keys.platformKey, 'POST', path, event);
    await receiver.waitFor(2);
    await open('/events');
    await page.getByRole('button', { name: 'Look it up' }).click();
    await page.getByText('Enter the id of an event').waitFor();
    await page.getByLabel('Event id').fill(data.events[0].id);
    await page.keyboard.press('Enter');
    await page.getByText('retrying', { exact: true }).waitFor();
    await page.getByRole('group', { name: 'Attempt 1' }).getByText('Status 503').waitFor();
    await page.getByText(/^Not finished yet/).waitFor();
    mend();
    await page.getByRole('group', { name: 'Attempt 2' }).getByText('Status 200').waitFor();
    await page.getByText('delivered', { exact: true }).waitFor();
    expect(await page.getByText(/^Not finished yet/).count()).toBe(0);
  });

  test('of an id that is unknown, or none, says so', async () => {
    await open('/events/01900000-0000-7000-8000-000000000000');
    await page.getByRole('alert').getByText('Event not found').waitFor();
    await page.getByLabel('Event id').fill('not an id');
    await page.getByRole('button', { name: 'Look it up' }).click();
    await page.getByRole('alert').getByText('Invalid event ID format.').waitFor();
  });
});
