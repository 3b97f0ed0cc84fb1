// Every page of the shop, as people with a phone, a dark screen or a screen reader get it; and what the first page costs.

import { eventually } from '@ticketing/common/testing';
import { hasBrowser } from '../journeys/browser.js';
import { done, signUp } from '../system/person.js';
import { startSystem, type System } from '../system/system.js';
import { openShop, type Look, type Shop, type Visitor } from './browser.js';
import { speedOf, type Speed } from './speed.js';
import { buyNow, openTicket, payWith, signUpInShop, thanks } from './person.js';

const looks: readonly Look[] = [
  { width: 360, scheme: 'light', language: 'de' },
  { width: 1_440, scheme: 'dark', language: 'en' },
];

// The fastest of ten loads on 2 busy cores: painted after 2.3 to 2.5 s, shifted by 0 to 0.07, blocked for 0.2 to 0.3 s.
const maxPaintMs = 4_000;
const maxShift = 0.1;
const maxBlockedMs = 1_500;

const event = {
  name: 'Night of Strings',
  venue: 'Old Harbour Hall',
  startsAt: '2031-02-12T19:30:00Z',
  timeZone: 'Europe/Berlin',
};

// In CI a missing browser fails the test.
if (hasBrowser || process.env['CI'])
  describe('the pages of the shop', () => {
    testPages();
  });
else test('skipped: Chromium is not installed (apt-get install chromium)', () => undefined);

function testPages(): void {
  let system: System;
  let shop: Shop;
  let visitor: Visitor;
  let paths: Readonly<Record<string, string>>;
  beforeAll(async () => {
    system = await startSystem();
    shop = await openShop(system.url('gateway'), [system.url('cards').replace('127.0.0.1', 'localhost')]);
    const seller = await signUp(system.url('gateway'));
    for (const title of ['Night of Strings, stalls', 'Night of Strings, balcony'])
      await done(seller.createTicket({ title, price: '48.00', quantity: 30, event }), 201);

    visitor = await shop.enter();
    await signUpInShop(visitor);
    await openTicket(visitor, 'Night of Strings, stalls');
    const ticket = new URL(visitor.page.url()).pathname;
    await buyNow(visitor);
    await payWith(visitor, 'Visa 4242');
    await thanks(visitor);
    const order = new URL(visitor.page.url()).pathname;
    await openTicket(visitor, 'Night of Strings, balcony');
    await buyNow(visitor);
    const checkout = new URL(visitor.page.url()).pathname;
    paths = { ticket, order, checkout };
  });
  afterAll(async () => {
    await shop?.close();
    await system?.stop();
  });

  const open = async (path: string, { page }: Visitor): Promise<void> => {
    await page.goto(system.url('gateway') + (paths[path] ?? path));
    await page.locator('h1').first().waitFor();
    // The placeholder of a page that is still being loaded has no heading but this.
    await page
      .getByRole('heading', { level: 1, name: /^(Loading|Wird geladen)/ })
      .waitFor({ state: 'detached' });
  };
  const isWiderThanScreen = ({ page }: Visitor) =>
    page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

  const forEveryone = [
    '/',
    '/?q=strings',
    '/signin',
    '/signup',
    '/forgot-password',
    '/sell',
    '/cart',
    '/nowhere',
    '/inspect',
  ];
  const forUsers = ['ticket', 'order', 'checkout', '/orders', '/sell/new', '/account', '/notifications'];

  describe.each(looks)('at $width px, $scheme, $language', (look) => {
    test.each([
      ...forEveryone.map((path) => [path, false] as const),
      ...forUsers.map((path) => [path, true] as const),
    ])('%s has nothing that axe finds, and fits', async (path, needsUser) => {
      const guest = await shop.enter(look);
      if (needsUser) await guest.page.context().addCookies(await visitor.page.context().cookies());
      await open(path, guest);
      expect(await guest.axe()).toEqual([]);
      expect(await isWiderThanScreen(guest)).toBe(false);
      expect(guest.problems).toEqual([]);
      await guest.page.context().close();
    });
  });

  test('the first page needs at most 150 kB', async () => {
    const guest = await shop.enter();
    const { page } = guest;
    // Ends what the first visit is still loading.
    await page.goto('about:blank');
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    await network.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0;
    network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await open('/', guest);
    await page.getByRole('link', { name: 'Night of Strings, stalls' }).waitFor();
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(150_000);
  });

  describe('on a slow phone', () => {
    /**
     * Loads the page until a load is fast, `loads` times at most, because other programs on the machine make single loads
     * slow. A page that costs too much never is. Returns the last load.
     */
    const speedIn = async (loads: number, path: string, script?: string): Promise<Speed> => {
      const { page } = await shop.enter({ width: 360 });
      const context = page.context();
      if (script !== undefined)
        await context.route('**/recover.js', (route) =>
          route.fulfill({ contentType: 'text/javascript', body: script }),
        );
      if (path !== '/') await context.addCookies(await visitor.page.context().cookies());
      const load = () => speedOf(context, system.url('gateway') + (paths[path] ?? path));
      let speed = await load();
      for (let count = 1; count < loads && !isFast(speed); count += 1) speed = await load();
      await context.close();
      return speed;
    };
    const isFast = ({ largestPaintMs, layoutShift, blockedMs }: Speed) =>
      largestPaintMs < maxPaintMs && layoutShift < maxShift && blockedMs < maxBlockedMs;

    test.each(['/', 'ticket', 'checkout'])('%s paints in time, without shifts or blocking', async (path) => {
      const speed = await speedIn(10, path);
      expect({ ...speed, isFast: isFast(speed) }).toMatchObject({ isFast: true });
      // Less would mean that nothing was slowed down.
      expect(speed.largestPaintMs).toBeGreaterThan(500);
    });

    test('a script that blocks the first page for two seconds is too slow', async () => {
      const script = 'const end = Date.now() + 2_000; while (Date.now() < end);';
      const { blockedMs } = await speedIn(1, '/', script);
      expect(blockedMs).toBeGreaterThan(maxBlockedMs);
    });
  });

  test('the keyboard alone finds and opens a ticket', async () => {
    const { page } = await shop.enter();
    const stalls = page.getByRole('link', { name: 'Night of Strings, stalls' });
    await stalls.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('balcony');
    await page.keyboard.press('Enter');
    // The list before the search has both.
    await stalls.waitFor({ state: 'detached' });
    const link = page.getByRole('link', { name: 'Night of Strings, balcony' });
    await link.waitFor();
    await link.focus();
    await page.keyboard.press('Enter');
    const heading = page.getByRole('heading', { level: 1, name: 'Night of Strings, balcony' });
    await heading.waitFor();
    await eventually(async () =>
      expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true),
    );
  });
}
