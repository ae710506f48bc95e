import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';

let service: TestService;
let browser: Browser;
let watched: WatchedPage;

/** What Scalar takes for an error of the document: every schema without a type. Redocly finds the document valid. */
const ownWarnings = /^document validation errors: $|^\[Object(, Object)*\]$/;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

beforeEach(async () => {
  watched = await openPage(browser, service.address, { expected: ownWarnings });
  // Three megabytes of script are read anew for every test.
  watched.page.setDefaultTimeout(60_000);
});
afterEach(() => watched.close());

async function openReference(page: Page, hash = ''): Promise<void> {
  await page.goto(`${service.address}/docs${hash}`);
  await page.getByRole('heading', { name: 'Posthorn', level: 1 }).waitFor();
}

describe('/docs', { timeout: 120_000 }, () => {
  test('shows both APIs, with examples in three languages that name this service', async () => {
    const { page } = watched;
    await openReference(page);
    const menu = page.getByRole('navigation');
    for (const tag of [
      'Webhooks',
      'Deliveries',
      'Account',
      'Accounts',
      'API keys',
      'Events',
      'Event types',
      'Statistics',
    ]) {
      await menu.getByRole('button', { name: new RegExp(`^${tag} (Open|Close) Group`) }).waitFor();
    }
    const example = page.getByRole('group', { name: 'Request Example for post/v3/webhooks', exact: true });
    await example.getByText(`curl -X POST '${service.address}/v3/webhooks'`).waitFor();
    await example.getByRole('button', { name: 'curl' }).click();
    const languages = await page.getByRole('option').allTextContents();
    expect(languages.map((name) => name.trim())).toEqual(['curl', 'TypeScript', 'Python']);
    await page.getByRole('option', { name: 'TypeScript' }).click();
    await example.getByText("import Sent from '@sentdm/sentdm';").waitFor();
  });

  test('sends a request with the key that was entered, and forgets the key with the page', async () => {
    const { page } = watched;
    await openReference(page, '#tag/account');
    await page.getByRole('button', { name: 'Test Request (get /v3/me)' }).click();
    const client = page.getByRole('dialog', { name: 'API Client' });
    await client.getByRole('textbox', { name: 'Value' }).first().fill(service.keys.profileKey);
    const answered = page.waitForResponse(`${service.address}/v3/me`);
    await client.getByRole('button', { name: /^Send get request/ }).click();
    const answer = await answered;
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toMatchObject({ data: { id: service.keys.profileId } });
    await client.getByText(service.keys.profileId).first().waitFor();
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).not.toContain(service.keys.profileKey);
  });

  test("has the receiver's guide under Deliveries, which the introduction links to", async () => {
    const { page } = watched;
    await openReference(page);
    await page.getByRole('link', { name: '/docs#tag/deliveries' }).click();
    await page.getByRole('heading', { name: 'Rules for a receiver' }).waitFor();
    for (const language of ['JavaScript (Node)', 'Python', 'Go', 'Ruby', 'PHP', 'Java']) {
      await page.getByRole('heading', { name: language, exact: true }).waitFor();
    }
    const targets = await page.locator('a[href*=".md"]').count();
    expect(targets).toBe(0);
  });
});

test('every answer of /docs refuses scripts and requests of others, and scripts in the text', async () => {
  for (const path of ['/docs', '/docs/']) {
    const response = await fetch(service.address + path);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    const policy = response.headers.get('content-security-policy');
    for (const directive of ["script-src 'self';", "connect-src 'self';", "default-src 'none';"]) {
      expect(policy).toContain(directive);
    }
    expect(await response.text()).not.toMatch(/<script(?![^>]* src="\/)/);
  }
});
