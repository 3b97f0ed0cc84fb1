// The shop while a cluster updates it: two releases answer under one address. In a real browser.

import { root } from '@ticketing/common/testing/servers';
import { eventually } from '@ticketing/common/testing';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readConfig } from '../../web/src/config.js';
import { readFiles, type SiteFile, type SiteFiles } from '../../web/src/files.js';
import { createSite } from '../../web/src/site.js';
import { hasBrowser, visit, type Visit } from '../journeys/browser.js';

type Release = 'old' | 'new';

/** The built site as a release of its own: every file in `assets` has another name. */
function filesOf(release: Release): SiteFiles {
  const built = readFiles(join(root, 'web', 'site'));
  const renamed = (name: string) => name.replace(/\.(js|css)$/, `-${release}.$1`);
  const assets = [...built.keys()].flatMap((path) => /^\/assets\/(.+\.(?:js|css))$/.exec(path)?.[1] ?? []);
  const inText = (text: string) =>
    assets.reduce((changed, name) => changed.replaceAll(name, renamed(name)), text);
  return new Map(
    [...built].map(([path, { type, plain }]): [string, SiteFile] => [
      inText(path),
      { type, plain: { ...plain, content: Buffer.from(inText(String(plain.content))) }, compressed: [] },
    ]),
  );
}

// In CI a missing browser fails the test.
if (hasBrowser || process.env['CI'])
  describe('while the shop is updated', () => {
    testUpdates();
  });
else test('skipped: Chromium is not installed (apt-get install chromium)', () => undefined);

function testUpdates(): void {
  let sites: Record<Release, Server>;
  let front: Server;
  let url: string;
  /** the release that answers a request */
  let route: (path: string) => Release;
  let pagesLoaded = 0;
  let open: Visit | undefined;

  beforeAll(async () => {
    const site = (release: Release) =>
      createSite(readConfig({}), filesOf(release), new AbortController().signal);
    sites = { old: site('old'), new: site('new') };
    front = createServer((request: IncomingMessage, response) => {
      const path = request.url ?? '';
      if (request.headers['sec-fetch-dest'] === 'document') pagesLoaded += 1;
      sites[route(path)].emit('request', request, response);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    pagesLoaded = 0;
  });
  afterEach(async () => open?.close());
  afterAll(() => {
    front.close();
    front.closeAllConnections();
  });

  const isAsset = (path: string) => path.startsWith('/assets/');
  const scripts = async (visited: Visit) =>
    visited.page
      .locator('script[type=module]')
      .evaluateAll((found) => found.map((one) => one.getAttribute('src')));

  /** How often the page has loaded itself again; unknown while it does. */
  const tries = ({ page }: Visit) =>
    page.evaluate(() => sessionStorage.getItem('recoveries')).catch(() => undefined);

  test('a page whose script is still missing loads itself again and is drawn', async () => {
    route = (path) => (isAsset(path) && pagesLoaded === 1 ? 'old' : 'new');
    open = await visit(url, '/cart');
    await open.page.waitForSelector('#app h1');
    expect(pagesLoaded).toBe(2);
    expect(await scripts(open)).toEqual([expect.stringContaining('-new.js')]);
    // It is forgotten when everything is loaded, which may be after the page is drawn.
    await eventually(async () => expect(await tries(open as Visit)).toBeNull());
  });

  test('a page whose style alone is missing loads itself again', async () => {
    route = (path) => (path.endsWith('.css') && pagesLoaded === 1 ? 'old' : 'new');
    open = await visit(url, '/cart');
    await eventually(() => expect(pagesLoaded).toBe(2));
    await open.page.waitForSelector('#app h1');
  });

  test('a page whose script stays missing tries three times', async () => {
    route = (path) => (isAsset(path) ? 'old' : 'new');
    open = await visit(url, '/cart');
    // It waits 0, 1 and 2 seconds before it tries again.
    await eventually(async () => expect([pagesLoaded, await tries(open as Visit)]).toEqual([4, '3']), 30_000);
  });

  test('a page of the old release leads to pages of the new one', async () => {
    route = () => 'old';
    open = await visit(url, '/cart');
    await open.page.waitForSelector('#app h1');
    route = () => 'new';
    await open.page.locator('a[href="/"]').first().click();
    await eventually(async () =>
      expect(await scripts(open as Visit)).toEqual([expect.stringContaining('-new.js')]),
    );
    expect(new URL(open.page.url()).pathname).toBe('/');
    expect(pagesLoaded).toBe(2);
  });
}
