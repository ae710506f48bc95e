import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { runShell } from './shell.ts';
import { createWebhook, deliveriesOf, publish } from './traffic.ts';

let service: TestService;
let browser: Browser;
let receiver: Receiver;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  // Two retries at once; the third keeps waiting.
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '0.1,0.1,3600', POSTHORN_RATE_LIMIT: '0' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

beforeEach(async () => {
  receiver = await startReceiver();
  watched = await openPage(browser, service.address);
  page = watched.page;
});
afterEach(async () => {
  await watched.close();
  await receiver.close();
});

/** Publishes one event of a family that only this webhook has, and waits until it stands so. */
async function deliver(
  event: string,
  until: { readonly status: string; readonly attempts: number },
  { url = receiver.url, retryCount = 3, payload = { n: 1 } as object } = {},
) {
  const [family = ''] = event.split('.');
  const webhookId = await createWebhook(service, url, { event_types: [family], retry_count: retryCount });
  await publish(service, event, [payload]);
  const [logged] = await eventually(
    () => deliveriesOf(service, webhookId),
    ([first]) => first?.delivery_status === until.status && first.delivery_attempts === until.attempts,
  );
  if (logged === undefined) throw new Error('nothing was logged');
  return { webhookId, id: logged.id };
}

const open = ({ webhookId, id }: { readonly webhookId: string; readonly id: string }) =>
  signIn(page, service.address, service.keys.profileKey, `/webhooks/${webhookId}/deliveries/${id}`);
const attempts = () => page.getByRole('region', { name: 'Attempts' }).getByRole('listitem');

describe('a delivery that is opened', () => {
  test('shows each attempt of one that failed twice and then succeeded', async () => {
    receiver.respondWith((_, index) =>
      index < 2 ? { status: 500, body: `{"reason":"no ${index}"}` } : { status: 200, body: 'taken' },
    );
    await open(await deliver('message.sent', { status: 'delivered', attempts: 3 }));
    await page.getByText('Delivered after 3 attempts: the endpoint answered 200').waitFor();
    const texts = await attempts().allInnerTexts();
    expect(texts).toEqual([
      expect.stringMatching(/^Attempt 1\s+HTTP 500\s+\d.*The endpoint answered 500\s+\{"reason":"no 0"\}$/s),
      expect.stringMatching(/^Attempt 2\s+HTTP 500\s+\d.*The endpoint answered 500\s+\{"reason":"no 1"\}$/s),
      expect.stringMatching(/^Attempt 3\s+HTTP 200\s+\d.*taken$/s),
    ]);
    await expectAccessible(page);
  });

  test('says why it failed and what to do, first of all', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    await open(await deliver('contact.help', { status: 'failed', attempts: 2 }, { url, retryCount: 1 }));
    const verdict = page.getByRole('dialog').getByRole('alert').first();
    await page.getByText('Failed after 2 attempts: The connection was refused').waitFor();
    expect(await verdict.innerText()).toContain('Nothing listens at this host and port.');
  });

  test('counts down to the next attempt, which is made at once when it is asked for', async () => {
    receiver.respondWith({ status: 503 });
    const delivery = await deliver('call.failed', { status: 'retrying', attempts: 3 });
    await open(delivery);
    await page.getByText(/The next attempt is due in (59 min \d+ s|1 h \d min), at /).waitFor();
    expect((await attempts().allInnerTexts()).at(-1)).toMatch(/^Attempt 4 in /);
    receiver.respondWith({ status: 204 });
    await page.getByRole('button', { name: 'Send now' }).click();
    await page.getByText('The next attempt was brought forward.').waitFor();
    await page.getByText('Delivered after 4 attempts: the endpoint answered 204').waitFor();
    expect(await attempts().count()).toBe(4);
  });

  test('shows the request as it arrived: URL, headers and body', async () => {
    const payload = { text: "it's", list: [1] };
    await open(await deliver('link.clicked', { status: 'delivered', attempts: 1 }, { payload }));
    const received = await receiver.next();
    await page.getByText('As it was sent at attempt 1.').waitFor();
    await page.getByText(`POST ${receiver.url}`).waitFor();
    const rows = await page.getByRole('table', { name: 'Headers' }).getByRole('row').allInnerTexts();
    const shown = Object.fromEntries(rows.map((row) => row.split('\t').map((cell) => cell.trim())));
    const { host: _, connection: __, 'content-length': ___, ...headers } = received.headers;
    expect(shown).toEqual(headers);
    await page.getByText('Raw').click();
    expect(await page.getByRole('region', { name: 'Body' }).innerText()).toBe(received.body);
    await page.getByText('Pretty').click();
    const pretty = await page.getByRole('region', { name: 'Body' }).innerText();
    expect(pretty).toBe(JSON.stringify(JSON.parse(received.body), null, 2));
  });

  test('copies the request as a curl command, which sends the same once more', async () => {
    const payload = { text: `it's "quoted" $HOME \\ é`, lines: 'a\nb' };
    await open(await deliver('channel.activated', { status: 'delivered', attempts: 1 }, { payload }));
    const sent = await receiver.next();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await runShell(await page.evaluate<string>('navigator.clipboard.readText()'));
    const copied = await receiver.next();
    expect(copied.body).toBe(sent.body);
    expect(copied.path).toBe(sent.path);
    expect({ ...copied.headers, connection: sent.headers.connection }).toEqual(sent.headers);
  });

  test('one that is not there is named, and the list stays usable', async () => {
    await watched.close();
    watched = await openPage(browser, service.address, { expected: /status of 404/ });
    page = watched.page;
    const webhookId = await createWebhook(service, receiver.url, { event_types: ['templates'] });
    await open({ webhookId, id: '0197a1c4-66f0-7b1e-9c3d-5a2f8e1d4b6c' });
    await page.getByText('Event not found').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'No deliveries yet' }).waitFor();
  });
});

describe('resending', () => {
  test('a failed delivery to an endpoint that was mended delivers it, in the list too', async () => {
    receiver.respondWith({ status: 404 });
    await open(await deliver('message.read', { status: 'failed', attempts: 2 }, { retryCount: 1 }));
    await page.getByText('Failed after 2 attempts: The endpoint answered 404').waitFor();
    receiver.respondWith({ status: 200 });
    await page.getByRole('button', { name: 'Resend' }).click();
    await page.getByText('The event was delivered.').waitFor();
    await page.getByText('Delivered after 3 attempts').waitFor();
    expect((await attempts().allInnerTexts()).at(-1)).toMatch(/^Attempt 3\s+HTTP 200/);
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /delivered message\.read .* 3 200/ }).waitFor();
  });

  test('says when the endpoint still fails, and the button serves again', async () => {
    receiver.respondWith({ status: 401, body: 'no login' });
    await open(await deliver('message.failed', { status: 'failed', attempts: 2 }, { retryCount: 1 }));
    await page.getByRole('button', { name: 'Resend' }).click();
    await page.getByRole('status').filter({ hasText: 'Not delivered' }).waitFor();
    await page.getByText('Failed after 3 attempts: The endpoint answered 401').waitFor();
    await page.getByRole('button', { name: 'Resend' }).click();
    await page.getByText('Failed after 4 attempts: The endpoint answered 401').waitFor();
    expect(receiver.requests.length).toBe(4);
  });
});
