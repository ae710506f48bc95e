/** A real browser, and pages of it that must not complain: any error on the console and any request elsewhere fails the test. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const quiet = [
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(executablePath))
    throw new Error(
      `there is no browser at ${executablePath}: install Chromium, or name one in CHROMIUM_PATH`,
    );
  return chromium.launch({ executablePath, args: [...asRoot, ...quiet] });
}

export interface WatchedPage {
  readonly page: Page;
  /** What the console and the page said that was not expected. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Complaints that belong to the test, such as the answer 429 that it provokes. */
  readonly expected?: RegExp;
}

export async function openPage(
  browser: Browser,
  origin: string,
  { width = 1280, height = 900, colorScheme = 'light', expected }: PageOptions = {},
): Promise<WatchedPage> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (expected?.test(message.text()) !== true) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { protocol } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && !request.url().startsWith(`${origin}/`))
      complaints.push(`a request to ${request.url()}`);
  });
  page.setDefaultTimeout(10_000);
  return {
    page,
    complaints,
    async close() {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

/** Through the form, as a person does. */
export async function signIn(page: Page, address: string, key: string, path = '/'): Promise<void> {
  await page.goto(`${address}/#${path}`);
  await page.getByLabel('API key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}
