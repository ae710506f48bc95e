/** The log of deliveries while network, limits and service get in its way. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn } from './browser.ts';
import { createWebhook, deliveriesOf, publish } from './traffic.ts';

let service: TestService;
let browser: Browser;
let receiver: Receiver;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
  receiver = await startReceiver();
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

/** A page with the log of a webhook that got one event of its own family. */
async function openLog(on: TestService, event: string, expected: RegExp) {
  const [family = ''] = event.split('.');
  const webhookId = await createWebhook(on, receiver.url, { event_types: [family] });
  await publish(on, event);
  const [first] = await eventually(
    () => deliveriesOf(on, webhookId),
    ([logged]) => logged?.delivery_status === 'delivered',
  );
  const watched = await openPage(browser, on.address, { expected });
  const { page } = watched;
  await signIn(page, on.address, on.keys.profileKey, `/webhooks/${webhookId}/deliveries`);
  await page.getByRole('link', { name: event }).waitFor();
  return { watched, page, webhookId, firstId: first?.id ?? '' };
}

const isOfList = (url: string) => new URL(url).pathname.endsWith('/events');

describe('while the log is looked at', () => {
  test('a network that is lost shows a banner and leaves the rows; when it is back, new rows appear and the banner goes', async () => {
    const { watched, page } = await openLog(service, 'message.sent', /ERR_INTERNET_DISCONNECTED/);
    await page.context().setOffline(true);
    await page.getByText('Not up to date: The service cannot be reached.').waitFor();
    expect(await page.getByRole('link', { name: 'message.sent' }).count()).toBe(1);
    await expectAccessible(page);
    await publish(service, 'message.read');
    await page.context().setOffline(false);
    await page.getByRole('row', { name: /message\.read \(new\)/ }).waitFor({ timeout: 20_000 });
    await page.getByText('Not up to date').waitFor({ state: 'detached' });
    await watched.close();
  });

  test('a limit is waited for as long as it says, and then rows appear again', async () => {
    const { watched, page } = await openLog(service, 'call.initiated', /status of 429/);
    const askedAt: number[] = [];
    let limitedAt: number | null = null;
    page.on('request', (request) => {
      if (isOfList(request.url()) && limitedAt !== null) askedAt.push(Date.now());
    });
    await page.route(
      ({ href }) => isOfList(href),
      async (route) => {
        await route.fulfill({
          status: 429,
          headers: { 'retry-after': '5' },
          json: {
            success: false,
            data: null,
            error: { code: 'BUSINESS_002', message: 'Rate limit exceeded', details: null },
            meta: { request_id: 'req_0123456789' },
          },
        });
        limitedAt = Date.now();
      },
      { times: 1 },
    );
    await page.getByText('Not up to date: Rate limit exceeded').waitFor();
    await page.getByText('Wait 5 s. It is tried again by itself.').waitFor();
    await publish(service, 'call.completed');
    await page.getByRole('row', { name: /call\.completed \(new\)/ }).waitFor({ timeout: 20_000 });
    await page.getByText('Not up to date').waitFor({ state: 'detached' });
    // A timer may be some milliseconds early for another clock.
    expect((askedAt[0] ?? 0) - (limitedAt ?? 0)).toBeGreaterThan(4900);
    await watched.close();
  });

  test('a service that is down leaves the rows, and says of what is opened meanwhile what to do', async () => {
    const fleeting = await startTestService();
    const { watched, page, firstId } = await openLog(fleeting, 'link.clicked', /ERR_CONNECTION_REFUSED/);
    await fleeting.close();
    await page.getByText('Not up to date: The service cannot be reached.').waitFor();
    await page.getByRole('link', { name: 'link.clicked' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('The service cannot be reached.').waitFor();
    await drawer.getByText('Check that the service runs and that your network reaches it.').waitFor();
    expect(page.url()).toContain(firstId);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('link', { name: 'link.clicked' }).count()).toBe(1);
    await watched.close();
  });

  test('a resend that finds the network gone says so, and serves again when it is back', async () => {
    const { watched, page } = await openLog(service, 'contact.help', /ERR_INTERNET_DISCONNECTED/);
    await page.getByRole('link', { name: 'contact.help' }).click();
    await page.getByRole('button', { name: 'Resend' }).waitFor();
    const before = receiver.requests.length;
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Resend' }).click();
    await page.getByRole('dialog').getByRole('alert').getByText('The service cannot be reached.').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Resend' }).click();
    await page.getByText('The event was delivered.').waitFor();
    expect(receiver.requests.length).toBe(before + 1);
    await watched.close();
  });
});

describe('much of it', () => {
  test('a hundred rows with bodies of a quarter of a megabyte are listed, and one is shown whole', async () => {
    const webhookId = await createWebhook(service, receiver.url, { event_types: ['channel'] });
    const text = 'x'.repeat(200_000);
    for (let n = 0; n < 100; n += 10)
      await publish(
        service,
        'channel.submitted',
        Array.from({ length: 10 }, () => ({ text, list: Array.from({ length: 5000 }, (_, i) => i) })),
      );
    await eventually(
      () => deliveriesOf(service, webhookId),
      (all) => all.length === 100 && all.every(({ delivery_status }) => delivery_status === 'delivered'),
      60_000,
    );
    const watched = await openPage(browser, service.address);
    const { page } = watched;
    const path = `/webhooks/${webhookId}/deliveries?page_size=100`;
    await signIn(page, service.address, service.keys.profileKey, path);
    const links = page.getByRole('link', { name: 'channel.submitted' });
    await links.first().waitFor({ timeout: 20_000 });
    expect(await links.count()).toBe(100);
    await links.last().click();
    const body = page.getByRole('region', { name: 'Body' });
    await body.waitFor();
    expect((await body.innerText()).length).toBeLessThan(10_000);
    await page.getByRole('button', { name: 'Show the whole body' }).click();
    await eventually(
      () => body.evaluate((element) => element.textContent?.length ?? 0),
      (length) => length > 220_000,
    );
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await watched.close();
  });
});
