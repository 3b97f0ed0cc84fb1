// The links in mails, opened in the local inbox as people open them: on a phone and on a wide screen.

import type { Page } from 'playwright-core';
import { hasBrowser } from '../journeys/browser.js';
import { mailTo } from '../system/inbox.js';
import { done, password, pay, reserve, signUp, type Person } from '../system/person.js';
import { startSystem, type System } from '../system/system.js';
import { openShop, type Look, type Shop, type Visitor } from './browser.js';

const looks = [
  { width: 360, scheme: 'dark', language: 'de' },
  { width: 1_440, scheme: 'light', language: 'en' },
] as const satisfies readonly Look[];

const texts = {
  en: {
    verify: { action: 'Confirm', done: 'Your e-mail address is confirmed.' },
    reset: { action: 'Set the password', done: 'Your new password is set. Sign in with it.' },
    unsubscribe: { action: 'Turn off', done: 'Done. You will no longer get these mails.' },
    newPassword: 'New password',
    signIn: 'Sign in',
    account: 'Account',
    email: 'E-mail address',
    password: 'Password',
  },
  de: {
    verify: { action: 'Bestätigen', done: 'Deine E-Mail-Adresse ist bestätigt.' },
    reset: { action: 'Passwort speichern', done: 'Das neue Passwort gilt. Melde dich damit an.' },
    unsubscribe: { action: 'Abbestellen', done: 'Erledigt. Du erhältst diese E-Mails nicht mehr.' },
    newPassword: 'Neues Passwort',
    signIn: 'Anmelden',
    account: 'Konto',
    email: 'E-Mail-Adresse',
    password: 'Passwort',
  },
};

// In CI a missing browser fails the test.
if (hasBrowser || process.env['CI'])
  describe.each(looks)('at $width px, $scheme, $language', (look) => {
    testLinks(look);
  });
else test('skipped: Chromium is not installed (apt-get install chromium)', () => undefined);

let system: System;
let shop: Shop;
beforeAll(async () => {
  system = await startSystem();
  // The links in mails lead to localhost.
  const local = (part: 'gateway' | 'inbox') => system.url(part).replace('127.0.0.1', 'localhost');
  shop = await openShop(local('gateway'), [local('inbox')]);
});
afterAll(async () => {
  await shop?.close();
  await system?.stop();
});

/** Opens the mail in the inbox and follows the link. */
async function follow({ page }: Visitor, person: Person, subject: RegExp, link: string): Promise<void> {
  const { id } = await mailTo(system, person, subject);
  // The inbox shows a mail in a sandbox, from which no link opens. This is the mail by itself.
  await page.goto(`${system.url('inbox').replace('127.0.0.1', 'localhost')}/api/email/${id}/html`);
  await page.getByRole('link', { name: link }).click();
}

function testLinks(look: (typeof looks)[number]): void {
  const words = texts[look.language];
  const gateway = () => system.url('gateway');

  /** Presses the button of the page, which has nothing that axe finds before and after. */
  async function act(visitor: Visitor, { action, done: sentence }: Record<'action' | 'done', string>) {
    const { page } = visitor;
    const button = page.getByRole('button', { name: action });
    await button.waitFor();
    expect(await visitor.axe()).toEqual([]);
    await button.click();
    await page.getByText(sentence).waitFor();
    expect(await visitor.axe()).toEqual([]);
    expect(await isWiderThanScreen(page)).toBe(false);
    expect(visitor.problems).toEqual([]);
  }

  test('the link in the first mail confirms the address', async () => {
    const ada = await signUp(gateway());
    const visitor = await shop.enter(look);
    await follow(visitor, ada, /^Welcome/, 'Confirm my address');
    await act(visitor, words.verify);
    expect(await done(ada.showProfile(), 200)).toMatchObject({ emailVerified: true });
  });

  test('the link to reset a password leads to a new one, and signs in with it', async () => {
    const ada = await signUp(gateway());
    await done(ada.requestPasswordReset({ email: ada.email }), 202);
    const visitor = await shop.enter(look);
    const { page } = visitor;
    await follow(visitor, ada, /^Choose a new password/, 'Choose a new password');
    await page.getByLabel(words.newPassword).fill(`${password}, renewed`);
    await act(visitor, words.reset);

    await page.getByRole('link', { name: 'Ticketing' }).click();
    await page.getByLabel(words.email).fill(ada.email);
    await page.getByLabel(words.password, { exact: true }).fill(`${password}, renewed`);
    await page.getByRole('button', { name: words.signIn }).click();
    await page.getByRole('link', { name: words.account, exact: true }).waitFor();
  });

  test('the link below a mail about a sale turns such mails off', async () => {
    const [seller, buyer] = [await signUp(gateway()), await signUp(gateway())];
    const ticket = await done(seller.createTicket({ title: 'Row 1', price: '19.99' }), 201);
    const order = await reserve(buyer, { ticketId: ticket.id });
    await pay(buyer, order.id);
    const visitor = await shop.enter(look);
    await follow(visitor, seller, /^Sold: /, 'Unsubscribe from mails like this one');
    await act(visitor, words.unsubscribe);
    expect(await done(seller.showNotificationPreferences(), 200)).toMatchObject({
      mails: { 'seller-sold': false },
    });
  });
}

const isWiderThanScreen = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
