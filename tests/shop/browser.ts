// People with a browser, in the shop of a running system.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../journeys/browser.js';

export type Look = Readonly<{ width?: number; scheme?: 'light' | 'dark'; language?: 'en' | 'de' }>;

export type Visitor = Readonly<{
  page: Page;
  /** console errors, errors of the page, and requests to origins that the shop does not name */
  problems: readonly string[];
  /** what axe finds on the page as it is now */
  axe(): Promise<readonly string[]>;
}>;

export type Shop = Readonly<{
  /** A new browser profile, at the first page of the shop. */
  enter(look?: Look): Promise<Visitor>;
  close(): Promise<void>;
}>;

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/**
 * @param url the gateway of the system
 * @param others origins that a page may use too, such as the local card network
 * @throws Error when Chromium is not installed
 */
export async function openShop(url: string, others: readonly string[] = []): Promise<Shop> {
  const browser = await launchBrowser();
  return { enter: (look) => enter(browser, url, others, look), close: () => browser.close() };
}

async function enter(
  browser: Browser,
  url: string,
  others: readonly string[],
  { width = 1_280, scheme = 'light', language = 'en' }: Look = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    locale: language,
    reducedMotion: 'reduce',
  });
  const problems: string[] = [];
  context.on('console', (message) => {
    // An error status of the API is no fault of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      problems.push(message.text());
  });
  context.on('weberror', (error) => problems.push(error.error().message));
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && ![url, ...others].includes(origin))
      problems.push(`request to ${request.url()}`);
  });
  const page = await context.newPage();
  await page.goto(url);
  return { page, problems, axe: () => findings(page) };
}

async function findings(page: Page): Promise<readonly string[]> {
  // `evaluate` runs beside the page's content security policy, which allows no foreign script.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    type Violation = { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target.join(' ')} ${failureSummary}`),
    );
  });
}
