// People in the shop: a real browser, the whole system, and the local card network.

import { eventually } from '@ticketing/common/testing';
import { hasBrowser } from '../journeys/browser.js';
import { done, signUp, type Person } from '../system/person.js';
import { startSystem, type System } from '../system/system.js';
import { openShop, type Look, type Shop, type Visitor } from './browser.js';
import { buyNow, openTicket, payWith, signUpInShop, thanks } from './person.js';

// Longer than an interrupted purchase takes, also on a slow machine: payments resumes it after 5 s.
const windowSeconds = 90;
const settling = { SETTLE_AFTER_MS: '5000', SETTLE_SWEEP_MS: '1000' };

// In CI a missing browser fails the test.
if (hasBrowser || process.env['CI'])
  describe('the shop', () => {
    testShop();
  });
else test('skipped: Chromium is not installed (apt-get install chromium)', () => undefined);

function testShop(): void {
  let system: System;
  let shop: Shop;
  let seller: Person;
  let late: Visitor, next: Visitor;
  beforeAll(async () => {
    system = await startSystem({ RESERVATION_SECONDS: `${windowSeconds}`, ...settling });
    shop = await openShop(system.url('gateway'), [system.url('cards').replace('127.0.0.1', 'localhost')]);
    seller = await signUp(system.url('gateway'));
    [late, next] = [await signedUp(), await signedUp()];
  });
  afterAll(async () => {
    await shop?.close();
    await system?.stop();
  });

  let tickets = 0;
  async function forSale(more: object = {}): Promise<{ id: string; title: string }> {
    tickets += 1;
    const title = `Row ${tickets}, seat ${process.pid}`;
    return done(seller.createTicket({ title, price: '19.99', ...more }), 201);
  }
  const ledger = async (orderId: string): Promise<Ledger['paymentIntents']> => {
    const answer = await fetch(`${system.url('cards')}/ledger?orderId=${orderId}`);
    return ((await answer.json()) as Ledger).paymentIntents;
  };
  const charges = async (orderId: string) => (await ledger(orderId)).map(({ charged }) => charged);
  const signedUp = async (look?: Look): Promise<Visitor> => {
    const visitor = await shop.enter(look);
    await signUpInShop(visitor);
    return visitor;
  };
  /** Presses "Try again" whenever the page has it, until the page learns that the order is paid. */
  async function insistUntilPaid({ page }: Visitor): Promise<void> {
    const timeout = windowSeconds * 1_000;
    const paid = page.waitForURL(/\/orders\/[0-9a-f]{24}$/, { timeout }).then(() => true);
    const again = page.getByRole('button', { name: 'Try again' });
    const pressed = () => again.click({ timeout }).then(() => false);
    while (!(await Promise.race([paid, pressed()])));
  }
  const orderIn = ({ page }: Visitor) => /orders\/([0-9a-f]{24})/.exec(page.url())?.[1] ?? '';

  // First, so that the window closes while the other tests run.
  test('a buyer reserves a seat, and leaves the page of the payment open', async () => {
    const { title } = await forSale();
    await openTicket(late, title);
    await openTicket(next, title);
    await buyNow(late);
    await next.page.getByText('Every place is reserved at this moment.').waitFor();
  });

  test('an address that was typed to sign in is still there to sign up', async () => {
    const { page } = await shop.enter();
    await page.getByRole('link', { name: 'Sign in', exact: true }).first().click();
    await page.getByLabel('E-mail address').fill('ann@example.com');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByRole('heading', { level: 1, name: 'Create an account' }).waitFor();
    expect(await page.getByLabel('E-mail address').inputValue()).toBe('ann@example.com');
  });

  test('two people and one seat: one gets it, the other sees at once that it is reserved and then sold', async () => {
    const { title } = await forSale();
    const [ann, bob] = [await signedUp(), await signedUp()];
    await openTicket(ann, title);
    await openTicket(bob, title);
    await buyNow(ann);
    await bob.page.getByText('Every place is reserved at this moment.').waitFor();
    await payWith(ann, 'Visa 4242');
    await thanks(ann);
    await bob.page.getByText('sold out').first().waitFor();
    expect(await charges(orderIn(ann))).toEqual([1_999]);
    expect([...ann.problems, ...bob.problems]).toEqual([]);
  });

  test('a declined card is explained, and another one pays', async () => {
    const { title } = await forSale();
    const ann = await signedUp();
    await openTicket(ann, title);
    await buyNow(ann);
    await payWith(ann, 'Visa 0002');
    await ann.page.getByText('Your bank declined this card.').waitFor();
    await payWith(ann, 'Visa 0069');
    await ann.page.getByText('This card has expired').waitFor();
    await payWith(ann, 'Visa 4242');
    await thanks(ann);
    expect(await charges(orderIn(ann))).toEqual([1_999]);
  });

  test.each([
    ['approves', 'Approve'],
    ['refuses', 'Refuse'],
  ])('a buyer whose bank asks %s', async (_what, answer) => {
    const { title } = await forSale();
    const ann = await signedUp();
    await openTicket(ann, title);
    await buyNow(ann);
    await payWith(ann, 'Visa 3220');
    await ann.page.frameLocator('iframe').getByRole('button', { name: answer }).click();
    if (answer === 'Approve') await thanks(ann);
    else await ann.page.getByText('did not approve the payment').waitFor();
    expect(await charges(orderIn(ann))).toEqual([answer === 'Approve' ? 1_999 : 0]);
  });

  test('a cart with tickets of one seller is one order', async () => {
    const [hall, seat] = [await forSale({ quantity: 5 }), await forSale()];
    const ann = await signedUp({ width: 360 });
    await openTicket(ann, hall.title);
    await ann.page.getByLabel('How many places?').selectOption('3');
    await ann.page.getByRole('button', { name: 'Add to cart' }).click();
    await openTicket(ann, seat.title);
    await ann.page.getByRole('button', { name: 'Add to cart' }).click();
    await ann.page.getByRole('link', { name: /^Cart/ }).click();
    await ann.page.getByRole('button', { name: 'Buy', exact: true }).click();
    await ann.page.getByRole('heading', { name: 'Pay for your order' }).waitFor();
    await payWith(ann, 'Visa 4242');
    await thanks(ann);
    expect(await charges(orderIn(ann))).toEqual([4 * 1_999]);
    await eventually(async () =>
      expect(await done(seller.showTicket({ ticketId: hall.id }), 200)).toMatchObject({ available: 2 }),
    );
  });

  test('a lost connection while paying is repeated by the buyer, and charged once', async () => {
    const { title } = await forSale();
    const ann = await signedUp();
    await openTicket(ann, title);
    await buyNow(ann);
    let lost = 0;
    // The API answers, and the answer does not arrive.
    await ann.page.route('**/api/payments', async (route) => {
      if (route.request().method() === 'POST') {
        lost += 1;
        await route.fetch();
      }
      await route.abort();
    });
    await payWith(ann, 'Visa 4242');
    await eventually(() => expect(lost).toBeGreaterThan(0), 15_000);
    await ann.page.unrouteAll({ behavior: 'wait' });
    await insistUntilPaid(ann);
    expect(await charges(orderIn(ann))).toEqual([1_999]);
  });

  test('a service is killed during the checkout, and the purchase goes on', async () => {
    const { title } = await forSale();
    const ann = await signedUp();
    await openTicket(ann, title);
    await buyNow(ann);
    await ann.page.getByRole('radio', { name: 'Visa 1001' }).check();
    await ann.page.getByRole('button', { name: /^Pay / }).click();
    await kill(system, 'payments');
    await insistUntilPaid(ann);
    expect(await charges(orderIn(ann))).toEqual([1_999]);
  });

  test('a seller sells in the shop, sees the sale at once, and refunds it; the buyer sees the refund', async () => {
    const sam = await signedUp();
    const title = `Stalls ${process.pid}`;
    await sam.page.getByRole('link', { name: 'Sell', exact: true }).click();
    await sam.page.getByRole('link', { name: 'List a ticket' }).first().click();
    await sam.page.getByLabel('Title').fill(title);
    await sam.page.getByLabel('Price of a place').fill('12.50');
    await sam.page.getByLabel('Name of the event').fill('Night of Strings');
    await sam.page.getByLabel('Venue', { exact: true }).fill('Harbour Hall');
    await sam.page.getByLabel('Date and time at the venue').fill('2031-03-04T19:30');
    await sam.page.getByRole('button', { name: 'Put it up for sale' }).click();
    await sam.page.getByText('Nothing is sold yet.').waitFor();

    const ann = await signedUp();
    await openTicket(ann, title);
    await buyNow(ann);
    await payWith(ann, 'Visa 4242');
    await thanks(ann);
    await sam.page.getByRole('button', { name: /^Refund the sale/ }).click();
    await sam.page.getByLabel('Reason').fill('the concert is moved');
    await sam.page.getByRole('button', { name: 'Continue' }).click();
    await sam.page
      .getByRole('dialog')
      .getByRole('button', { name: /^Refund/ })
      .click();
    await sam.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    const heading = sam.page.getByRole('heading', { name: 'Sales so far' });
    await sam.page.getByText('refunded', { exact: true }).waitFor();
    expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true);
    await ann.page.getByText('the concert is moved').waitFor();
    await eventually(async () => expect(await ledger(orderIn(ann))).toMatchObject([{ refunded: 1_250 }]));
    expect([...ann.problems, ...sam.problems]).toEqual([]);
  });

  test('an order that is not paid in time ends on the page, and the seat is for sale again', async () => {
    const over = late.page.getByText('The time to pay is over. The places are free again.');
    await over.waitFor({ timeout: (windowSeconds + 20) * 1_000 });
    await next.page.getByRole('button', { name: 'Buy now' }).waitFor({ timeout: 20_000 });
    expect(await charges(orderIn(late))).toEqual([]);
    await late.page.getByRole('link', { name: 'See the order' }).click();
    await late.page.getByText('The order expired, because it was not paid in time.').waitFor();
  });
}

type Ledger = Readonly<{ paymentIntents: readonly { charged: number; refunded: number }[] }>;

/** As the button on the page `/inspect`. */
async function kill(system: System, service: string): Promise<void> {
  const origin = system.url('gateway');
  const url = `${origin}/inspect/api/services/${service}/kill`;
  const { ok, status } = await fetch(url, { method: 'POST', headers: { origin } });
  if (!ok) throw new Error(`${service} was not killed: ${status}`);
}
