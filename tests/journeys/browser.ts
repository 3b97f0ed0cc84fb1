// A real browser, if this machine has one.

import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';

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
  /** what went wrong, or went to another host, so far */
  complaints: readonly string[];
  leave(): Promise<void>;
}>;

/**
 * Opens a page of the system at `url`.
 * @throws Error when this machine has no Chromium
 */
export async function visit(url: string, path: string): Promise<Visit> {
  if (!program) throw new Error('no Chromium here: apt-get install chromium, or name one in CHROMIUM');
  const browser = await chromium.launch({ executablePath: program, args });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) complaints.push(`asks ${request.url()}`);
  });
  await page.goto(url + path);
  return { page, complaints, leave: () => browser.close() };
}
