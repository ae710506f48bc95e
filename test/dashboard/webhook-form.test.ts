import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { verifyByContract } from '../support/verify-by-contract.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { type Caller, callerOf, makeWebhook, type SeenWebhook } from './caller.ts';

let service: TestService;
let receiver: Receiver;
let browser: Browser;
let call: Caller;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RATE_LIMIT: '0' });
  receiver = await startReceiver();
  call = callerOf(service, service.keys.profileKey);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

/** What the browser says of refusals and of a network that is gone. */
const expected = /status of (400|429)|ERR_INTERNET_DISCONNECTED|ERR_FAILED/;

beforeEach(async () => {
  watched = await openPage(browser, service.address, { expected });
  page = watched.page;
});
afterEach(() => watched.close());

const open = (path: string) => signIn(page, service.address, service.keys.profileKey, path);
const field = (name: string) => page.getByLabel(name, { exact: true });
const create = () => page.getByRole('button', { name: 'Create webhook' });
const save = () => page.getByRole('button', { name: 'Save changes' });
const family = (name: string) => page.getByRole('checkbox', { name, exact: true });
const eventsOf = (name: string) => page.getByRole('button', { name: `events of ${name}` });
const focused = () => page.evaluate<string>('document.activeElement.labels?.[0]?.textContent ?? ""');
const stored = async (id: string) => (await call<SeenWebhook>('GET', `/v3/webhooks/${id}`)).data;
const named = async (name: string) => {
  const { data } = await call<{ webhooks: SeenWebhook[] }>(
    'GET',
    `/v3/webhooks?search=${encodeURIComponent(name)}`,
  );
  return data.webhooks;
};

/** What is said against a field to whoever is in it. */
async function complaintAt(name: string): Promise<string> {
  const id = (await field(name).getAttribute('aria-describedby')) ?? '';
  const said = await page
    .locator(
      id
        .split(' ')
        .map((part) => `[id="${part}"]`)
        .join(', '),
    )
    .allTextContents();
  return said.join(' ');
}

async function fillIn(name: string, url = receiver.url): Promise<void> {
  await field('Display name').fill(name);
  await field('Endpoint URL').fill(url);
  await family('message').check();
}

describe('creating a webhook', () => {
  test('shows what the API has against several fields at each of them, and goes to the first', async () => {
    await open('/webhooks/new');
    await page.getByRole('button', { name: 'Advanced' }).click();
    await field('Timeout in seconds').fill('4');
    await page.getByRole('button', { name: 'Advanced' }).click();
    await create().click();
    await page.getByText('Display name is required').waitFor();
    expect(await focused()).toBe('Display name');
    expect(await complaintAt('Display name')).toContain('Display name is required');
    expect(await complaintAt('Endpoint URL')).toContain('Endpoint URL must be a valid HTTP or HTTPS URL');
    expect(await complaintAt('Timeout in seconds')).toContain('Timeout seconds must be between 5 and 120');
    await page
      .getByRole('group', { name: 'Events' })
      .getByText('Event types must contain at least one')
      .waitFor();
    await expectAccessible(page);
  });

  test('shows what the API has against a single field there too, and keeps the rest', async () => {
    await open('/webhooks/new');
    await fillIn('Only the URL is wrong', 'ftp://example.com');
    await create().click();
    await page.getByText('Endpoint URL must be a valid HTTP or HTTPS URL').waitFor();
    expect(await focused()).toBe('Endpoint URL');
    expect(await field('Display name').inputValue()).toBe('Only the URL is wrong');
    expect(await family('message').isChecked()).toBe(true);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('shows the secret though nothing else can be read any more', async () => {
    await open('/webhooks/new');
    await fillIn('Answered alone');
    await page.route(/\/v3\//, (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
    await create().click();
    await page.getByText(/^whsec_/).waitFor();
  });

  test('shows the secret once: it signs what is delivered, and is nowhere after leaving', async () => {
    await open('/webhooks/new');
    await fillIn('Shown once', `${receiver.url}/once`);
    await create().click();
    const secret = (await page.getByText(/^whsec_/).textContent()) ?? '';
    await page.getByRole('button', { name: 'Copy signing secret' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    await page.getByRole('link', { name: 'go to the webhook' }).click();
    await page.getByRole('heading', { name: 'Shown once', level: 1 }).waitFor();
    const [webhook] = await named('Shown once');
    await call('POST', `/v3/webhooks/${webhook?.id}/test`, { event_type: 'message' });
    const received = receiver.requests.find(({ path }) => path === '/once');
    expect(received && verifyByContract(received, secret)).toBe(true);

    await page.goBack();
    await create().waitFor();
    const kept = await page.evaluate(
      'document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage })',
    );
    expect(kept).not.toContain(secret);
  });

  test('works with the keyboard alone', async () => {
    await open('/webhooks');
    await page.getByRole('link', { name: 'New webhook' }).focus();
    await page.keyboard.press('Enter');
    await field('Display name').waitFor();
    await field('Display name').focus();
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Tab');
    await page.keyboard.type(receiver.url);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('message');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('message.queued');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Webhook created' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By keyboard', level: 1 }).waitFor();
    expect(await named('By keyboard')).toMatchObject([{ event_filters: { message: ['queued'] } }]);
  });

  test('keeps what was typed while the service cannot be reached, and creates it once it can', async () => {
    await open('/webhooks/new');
    await fillIn('After the outage');
    await page.context().setOffline(true);
    await create().click();
    await page.getByRole('alert').getByText('The service cannot be reached.').waitFor();
    await page.getByText('Nothing that you typed is lost.').waitFor();
    expect(await field('Display name').inputValue()).toBe('After the outage');
    await page.context().setOffline(false);
    await create().click();
    await page.getByRole('heading', { name: 'Webhook created' }).waitFor();
    expect(await named('After the outage')).toHaveLength(1);
  });

  test('tried again after its answer was lost makes one webhook, with a secret that is shown', async () => {
    await open('/webhooks/new');
    await fillIn('Answer lost', `${receiver.url}/lost`);
    const loseAnswer = { times: 1 };
    await page.route('**/v3/webhooks', async (route) => (await route.fetch()) && route.abort(), loseAnswer);
    await create().click();
    await page.getByRole('alert').getByText('The service cannot be reached.').waitFor();
    expect(await named('Answer lost')).toHaveLength(1);
    await create().click();
    const secret = (await page.getByText(/^whsec_/).textContent()) ?? '';
    const webhooks = await named('Answer lost');
    expect(webhooks).toHaveLength(1);
    await call('POST', `/v3/webhooks/${webhooks[0]?.id}/test`, { event_type: 'message' });
    const received = receiver.requests.find(({ path }) => path === '/lost');
    expect(received && verifyByContract(received, secret)).toBe(true);
  });

  test('says after too many requests how long to wait, and keeps what was typed', async () => {
    await open('/webhooks/new');
    await fillIn('Too many');
    const refusal = {
      status: 429,
      headers: { 'retry-after': '7' },
      json: {
        success: false,
        data: null,
        error: { code: 'BUSINESS_002', message: 'Rate limit exceeded', details: null },
        meta: { request_id: 'req_0123456789' },
      },
    };
    await page.route('**/v3/webhooks', (route) => route.fulfill(refusal), { times: 1 });
    await create().click();
    await page.getByRole('alert').getByText('Wait 7 s, then try again.').waitFor();
    await create().click();
    await page.getByRole('heading', { name: 'Webhook created' }).waitFor();
  });
});

describe('the settings of a webhook', () => {
  const openSettings = (id: string) => open(`/webhooks/${id}/settings`);

  test('choose some events of a family, and the whole family again', async () => {
    const { id } = await makeWebhook(call, { display_name: 'Chosen', endpoint_url: receiver.url });
    await openSettings(id);
    await eventsOf('message').click();
    await family('message.sent').uncheck();
    await family('message.read').uncheck();
    await family('contact').check();
    await save().click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const some = await stored(id);
    expect(some.event_types).toEqual(['message', 'contact']);
    expect(some.event_filters?.message).toHaveLength(8);
    expect(some.event_filters?.message).not.toContain('sent');

    await family('message.sent').check();
    await family('message.read').check();
    await save().click();
    await save().and(page.locator('[data-disabled]')).waitFor();
    expect((await stored(id)).event_filters).toBe(null);
  });

  test('keep the name under which a family was subscribed, which receivers see', async () => {
    const event_filters = { messages: ['sent'] };
    const asMade = {
      display_name: 'Alias',
      endpoint_url: receiver.url,
      event_types: ['messages'],
      event_filters,
    };
    const { id } = await makeWebhook(call, asMade);
    await openSettings(id);
    expect(await family('message.sent').isChecked()).toBe(true);
    await family('message.failed').check();
    await save().click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(await stored(id)).toMatchObject({
      event_types: ['messages'],
      event_filters: { messages: ['sent', 'failed'] },
    });
  });

  test('keep what was typed when they cannot be saved, and forget it when it is discarded', async () => {
    const { id } = await makeWebhook(call, { display_name: 'Before', endpoint_url: receiver.url });
    await openSettings(id);
    await field('Display name').fill('');
    await save().click();
    await page.getByText('Display name is required').waitFor();
    await page.context().setOffline(true);
    await field('Display name').fill('After');
    await save().click();
    await page.getByRole('alert').getByText('Nothing that you typed is lost.').waitFor();
    expect(await field('Display name').inputValue()).toBe('After');
    await page.context().setOffline(false);
    await save().click();
    await page.getByRole('heading', { name: 'After', level: 1 }).waitFor();
    await field('Display name').fill('Not this');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    expect(await field('Display name').inputValue()).toBe('After');
    expect((await stored(id)).display_name).toBe('After');
  });

  test.each(['light', 'dark'] as const)('can be used by everybody, %s', async (colorScheme) => {
    const { id } = await makeWebhook(call, { display_name: 'Usable', endpoint_url: receiver.url });
    const other = await openPage(browser, service.address, { colorScheme });
    await signIn(other.page, service.address, service.keys.profileKey, `/webhooks/${id}/settings`);
    await other.page.getByRole('button', { name: 'events of message' }).click();
    await expectAccessible(other.page);
    await other.close();
  });
});
