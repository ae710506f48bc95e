/** What strangers wrote is text: customers name webhooks, platforms publish payloads, and receivers answer what they like. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { launchBrowser, openPage, signIn } from './browser.ts';
import { callerOf, makeWebhook } from './caller.ts';
import { deliveriesOf, publish } from './traffic.ts';

const hostile = `<img src="x" onerror="alert('in')"><script>alert('in')</script>`;

let service: TestService;
let receiver: Receiver;
let browser: Browser;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '0.05' });
  receiver = await startReceiver({ status: 500, headers: { 'content-type': 'text/html' }, body: hostile });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

test('names, payloads and answers with markup are shown as they were written, and none of it runs', async () => {
  const webhook = await makeWebhook(callerOf(service, service.keys.profileKey), {
    display_name: hostile,
    endpoint_url: `${receiver.url}/"><script>alert('in')</script>`,
  });
  await publish(service, 'message.sent', [{ [hostile]: hostile }]);
  const [delivery] = await eventually(
    () => deliveriesOf(service, webhook.id),
    ([first]) => first?.delivery_status === 'failed',
  );
  const { page, close } = await openPage(browser, service.address);
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await signIn(page, service.address, service.keys.profileKey);
  for (const path of ['/', '/webhooks', `/webhooks/${webhook.id}`, `/webhooks/${webhook.id}/settings`]) {
    await page.goto(`${service.address}/#${path}`);
    await page.getByText(hostile).first().waitFor();
  }
  await page.goto(`${service.address}/#/webhooks/${webhook.id}/deliveries/${delivery?.id}`);
  await page.getByRole('dialog').getByText(hostile).first().waitFor();
  expect(await page.locator('img[src="x"], body script').count()).toBe(0);
  expect(dialogs).toEqual([]);
  await close();
});
