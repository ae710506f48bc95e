/**
 * Every page as people see it: on a phone in the dark and on a desk in the light, where axe finds nothing serious, nothing
 * stands out over the side, and the console is silent. With UPDATE_SCREENSHOTS=yes it also takes the pictures of docs/images,
 * each in both colours and at both widths.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { expectAccessible } from './accessibility.ts';
import { launchBrowser, openPage, signIn } from './browser.ts';
import { makeShowcase, type Showcase } from './showcase.ts';

let service: TestService;
let receiver: Receiver;
let browser: Browser;
let showcase: Showcase;

beforeAll(async () => {
  service = await startTestService({ POSTHORN_RETRY_SCHEDULE: '0.05' });
  receiver = await startReceiver();
  showcase = await makeShowcase(service, receiver);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await receiver?.close();
  await service?.close();
});

const isTaking = process.env.UPDATE_SCREENSHOTS === 'yes';
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const phone = { name: 'phone', width: 360, height: 780 };
const desk = { name: 'desk', width: 1280, height: 860 };
const looks = [
  { colorScheme: 'light' as const, size: desk },
  { colorScheme: 'dark' as const, size: phone },
  ...(isTaking
    ? [
        { colorScheme: 'light' as const, size: phone },
        { colorScheme: 'dark' as const, size: desk },
      ]
    : []),
];

interface Shown {
  readonly name: string;
  readonly path: () => string;
  /** What is there once the page is whole. */
  readonly whole: (page: Page) => Promise<void>;
}

const heading = (name: string | RegExp) => (page: Page) =>
  page.getByRole('heading', { name, level: 1 }).waitFor();

const accountPages: readonly Shown[] = [
  {
    name: 'overview',
    path: () => '/',
    async whole(page) {
      await page.getByRole('img', { name: /^Latency of attempts/ }).waitFor();
      await page.getByRole('link', { name: 'Billing' }).waitFor();
    },
  },
  { name: 'webhooks', path: () => '/webhooks', whole: (page) => page.getByText('Old CRM').waitFor() },
  {
    name: 'new-webhook',
    path: () => '/webhooks/new',
    whole: (page) =>
      page
        .getByRole('checkbox', { name: /contact/i })
        .first()
        .waitFor(),
  },
  {
    name: 'deliveries',
    path: () => `/webhooks/${showcase.failing.id}`,
    whole: (page) => page.getByText('message.delivered').first().waitFor(),
  },
  {
    name: 'delivery',
    path: () => `/webhooks/${showcase.failing.id}/deliveries/${showcase.failedId}`,
    whole: (page) => page.getByText('x-webhook-signature').first().waitFor(),
  },
  {
    name: 'statistics',
    path: () => `/webhooks/${showcase.healthy.id}/statistics`,
    whole: (page) => page.getByRole('img', { name: /^Latency of attempts/ }).waitFor(),
  },
  {
    name: 'settings',
    path: () => `/webhooks/${showcase.failing.id}/settings`,
    whole: (page) => page.getByLabel('Endpoint URL').waitFor(),
  },
];

const operatorPages: readonly Shown[] = [
  {
    name: 'operator-overview',
    path: () => '/',
    whole: (page) => page.getByRole('img', { name: /^Latency of attempts/ }).waitFor(),
  },
  {
    name: 'operator-accounts',
    path: () => '/accounts',
    whole: (page) => page.getByText('My profile').waitFor(),
  },
  {
    name: 'operator-account',
    path: () => `/accounts/${service.keys.profileId}`,
    whole: heading(/My profile/),
  },
  {
    name: 'operator-event-types',
    path: () => '/event-types',
    whole: (page) => page.getByText('contact.opt_in').waitFor(),
  },
  { name: 'operator-publish', path: () => '/publish', whole: heading(/Publish/) },
  {
    name: 'operator-event',
    path: () => `/events/${showcase.eventId}`,
    whole: (page) => page.getByText('message.delivered').first().waitFor(),
  },
];

describe.each(looks)('$colorScheme on a $size.name', ({ colorScheme, size }) => {
  async function look(page: Page, name: string): Promise<void> {
    await expectAccessible(page);
    const overhang = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overhang, `${name} stands out over the side`).toBe(0);
    if (isTaking) await page.screenshot({ path: `${images}${name}-${colorScheme}-${size.name}.png` });
  }

  test('sign-in', async () => {
    const { page, close } = await openPage(browser, service.address, { colorScheme, ...size });
    await page.goto(service.address);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await look(page, 'sign-in');
    await close();
  });

  test('the pages of an account', { timeout: 120_000 }, () => walk(service.keys.profileKey, accountPages));
  test('the pages of the operator', { timeout: 120_000 }, () =>
    walk(service.keys.platformKey, operatorPages),
  );

  async function walk(key: string, pages: readonly Shown[]): Promise<void> {
    // Whether a key is the platform's is found out by asking as an account first.
    const expected = /status of 403/;
    const { page, close } = await openPage(browser, service.address, { colorScheme, ...size, expected });
    await signIn(page, service.address, key);
    for (const { name, path, whole } of pages) {
      await page.goto(`${service.address}/#${path()}`);
      await whole(page);
      await look(page, name);
    }
    await close();
  }
});
