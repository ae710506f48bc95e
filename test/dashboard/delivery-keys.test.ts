/** The log without a mouse. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts';
import { createWebhook, deliveriesOf, type Logged, publish } from './traffic.ts';

let service: TestService;
let browser: Browser;
let receiver: Receiver;
let watched: WatchedPage;
let page: Page;
let webhookId: string;
/** As the list shows them. */
let log: readonly Logged[];

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
  receiver = await startReceiver();
  webhookId = await createWebhook(service, receiver.url);
  for (const event of ['message.queued', 'message.sent', 'message.delivered', 'message.read'])
    await publish(service, event);
  log = await eventually(
    () => deliveriesOf(service, webhookId),
    (all) => all.length === 4 && all.every(({ delivery_status }) => delivery_status === 'delivered'),
  );
  watched = await openPage(browser, service.address);
  page = watched.page;
  await signIn(page, service.address, service.keys.profileKey, `/webhooks/${webhookId}/deliveries`);
  await page.getByRole('link', { name: 'message.read' }).waitFor();
});
afterAll(async () => {
  await watched?.close();
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

const focused = () => page.evaluate<string>('document.activeElement.innerText');
const press = async (...keys: readonly string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};

describe('with the keyboard alone', () => {
  test('the list is one stop of Tab, and arrows, j, k, Home and End move in it', async () => {
    await page.getByRole('switch', { name: 'Live' }).focus();
    await press('Tab');
    expect(await focused()).toBe('message.read');
    await press('ArrowDown', 'j');
    expect(await focused()).toBe('message.sent');
    await press('k');
    expect(await focused()).toBe('message.delivered');
    await press('End', 'ArrowDown');
    expect(await focused()).toBe('message.queued');
    await press('Home', 'ArrowUp');
    expect(await focused()).toBe('message.read');
    await press('ArrowDown', 'Tab');
    expect(await focused()).not.toContain('message');
    await press('Shift+Tab');
    expect(await focused()).toBe('message.delivered');
  });

  test('Enter opens, j and k turn to the older and the newer, Escape goes back to the row of the last', async () => {
    await page.getByRole('link', { name: 'message.read' }).focus();
    await press('Enter');
    const title = (name: string) => page.getByRole('dialog').getByRole('heading', { name, exact: true });
    await title('message.read').waitFor();
    expect(page.url()).toContain(`/deliveries/${log[0]?.id}`);
    await press('j');
    await title('message.delivered').waitFor();
    await press('j');
    await title('message.sent').waitFor();
    await press('k');
    await title('message.delivered').waitFor();
    expect(page.url()).toContain(`/deliveries/${log[1]?.id}`);
    // At either end the keys do nothing, and go on working.
    await press('k');
    await title('message.read').waitFor();
    await press('k', 'j');
    await title('message.delivered').waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('message.delivered');
    expect(page.url()).not.toContain(log[1]?.id);
  });

  test('everything in an open delivery can be reached', async () => {
    await page.getByRole('link', { name: 'message.read' }).focus();
    await press('Enter');
    await page.getByRole('region', { name: 'Body' }).waitFor();
    const reached = new Set<string>();
    for (let steps = 0; steps < 12; steps++) {
      await press('Tab');
      reached.add(
        await page.evaluate<string>(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.value ?? document.activeElement.innerText",
        ),
      );
    }
    expect([...reached]).toEqual(expect.arrayContaining(['Close', 'Body']));
    for (const name of ['Newer', 'Older', 'Resend', 'Copy as curl'])
      expect(await page.getByRole('button', { name }).evaluate((element) => element.tabIndex)).toBe(0);
    await press('Escape');
  });
});
