/** How the page is served: what a browser is told about it, and what stays the API's. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { launchBrowser, openPage, signIn } from './browser.ts';

let service: TestService;
let browser: Browser;

beforeAll(async () => {
  service = await startTestService();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

test('the page allows no script but its own, no frame around it and no request elsewhere', async () => {
  const response = await fetch(service.address);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  const policy = new Map(
    (response.headers.get('content-security-policy') ?? '')
      .split('; ')
      .map((part) => part.split(/ (.*)/, 2) as [string, string]),
  );
  expect(policy.get('default-src')).toBe("'none'");
  expect(policy.get('script-src')).toBe("'self'");
  expect(policy.get('connect-src')).toBe("'self'");
  expect(policy.get('frame-ancestors')).toBe("'none'");
  expect(await response.text()).not.toMatch(/<script(?![^>]*\ssrc=)/);
});

test('its assets are kept for ever, since their names change with them, and are sent compressed', async () => {
  const html = await (await fetch(service.address)).text();
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  for (const encoding of ['br', 'gzip']) {
    const response = await fetch(`${service.address}${script}`, { headers: { 'accept-encoding': encoding } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await response.text()).toContain('Posthorn');
  }
});

test.each([
  ['GET', '/no-such-page', 404],
  ['GET', '/assets/no-such-script.js', 404],
  ['GET', '/..%2f..%2fpackage.json', 404],
  ['POST', '/', 405],
])('%s %s is answered by the API, with %i', async (method, path, status) => {
  const response = await fetch(`${service.address}${path}`, { method });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ success: false, meta: { version: 'v3' } });
});

/** Bytes, gzipped, of all that is loaded until the overview of an account shows its charts. */
const firstLoadBytesMax = 250 * 1024;

test('the first load, charts included, stays below 250 kB gzipped', async () => {
  const { page, close } = await openPage(browser, service.address);
  const paths = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === '/' || pathname.startsWith('/assets/')) paths.add(pathname);
  });
  await signIn(page, service.address, service.keys.profileKey);
  await page.getByRole('img', { name: /^Deliveries by outcome/ }).waitFor();
  await close();
  const sizes = await Promise.all([...paths].map(gzippedBytes));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  expect(paths.size).toBeGreaterThan(3);
  expect(total).toBeLessThan(firstLoadBytesMax);
});

async function gzippedBytes(path: string): Promise<number> {
  const name = path === '/' ? '/index.html' : path;
  const file = fileURLToPath(new URL(`../../dist/dashboard${name}`, import.meta.url));
  const copy = await stat(`${file}.gz`).catch(() => stat(file));
  return copy.size;
}
