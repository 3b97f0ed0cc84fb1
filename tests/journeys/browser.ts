// A real browser, if Chromium is installed.

import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const program = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

export const hasBrowser = program !== undefined;

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Visit = Readonly<{
  page: Page;
  /** console errors and warnings, page errors, and requests to other origins */
  problems: readonly string[];
  close(): Promise<void>;
}>;

/** @throws Error when Chromium is not installed */
export async function launchBrowser(): Promise<Browser> {
  if (!program)
    throw new Error('Chromium is not installed: apt-get install chromium, or set CHROMIUM to its path.');
  const browser = await chromium.launch({ executablePath: program, args });
  describeOnFailure.push(() => describePages(browser));
  return browser;
}

/** Called when a test fails (tests/setup/environment.cjs). */
const describeOnFailure: (() => Promise<string[]>)[] = [];
Object.assign(globalThis, { describeOnFailure });

const shownPages = 4;
const longestText = 500;

/** The address and the visible text of the pages that were opened last. */
async function describePages(browser: Browser): Promise<string[]> {
  const pages = browser
    .contexts()
    .flatMap((context) => context.pages())
    .toReversed()
    .slice(0, shownPages);
  return Promise.all(
    pages.map(async (page) => {
      const text = await page
        .locator('body')
        .innerText({ timeout: 2_000 })
        .catch((error: Error) => error.message);
      return `The page ${page.url()} shows: ${text.replaceAll(/\s+/g, ' ').slice(0, longestText)}`;
    }),
  );
}

/**
 * Opens a page of the system at `url`.
 * @throws Error when Chromium is not installed
 */
export async function visit(url: string, path: string): Promise<Visit> {
  const browser = await launchBrowser();
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) problems.push(`request to ${request.url()}`);
  });
  await page.goto(url + path);
  return { page, problems, close: () => browser.close() };
}
