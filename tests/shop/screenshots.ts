// npm run screenshots -w tests: the screenshots of the READMEs, from a fresh system with the demo's people and tickets.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@ticketing/common/testing/servers';
import { demoPassword, demoSales, demoTickets, fillDemo } from '@ticketing/local';
import { startSystem } from '../system/system.js';
import { openShop, type Look, type Shop, type Visitor } from './browser.js';
import { buyNow } from './person.js';

const folder = join(root, 'docs', 'pictures');

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const system = await startSystem();
  const shop = await openShop(system.url('gateway'));
  try {
    await fillDemo(system.url('gateway'), { pays: true, now: new Date() });
    await takePictures(shop);
  } finally {
    await shop.close();
    await system.stop();
  }
}

async function takePictures(shop: Shop): Promise<void> {
  const [sale] = demoSales.toSorted((a, b) => b.quantity - a.quantity);
  if (!sale) throw new Error('the demo has no sale');
  const { buyer, title } = sale;
  const seller = demoTickets.find((ticket) => ticket.title === title)?.seller ?? buyer;

  const guest = await shop.enter({ width: 1_200 });
  await guest.page.locator('.ticket').first().waitFor();
  await picture(guest, 'shop');

  const inspector = await shop.enter({ width: 1_200, scheme: 'dark' });
  await inspector.page.getByRole('link', { name: 'Behind the scenes' }).click();
  await inspector.page.getByRole('heading', { level: 1 }).waitFor();

  const phone = await enterAs(shop, buyer.email, { width: 390, scheme: 'dark' });
  await phone.page.getByRole('link', { name: 'Tickets', exact: true }).click();
  await phone.page.locator('.ticket', { hasText: 'US$' }).locator('h2 a').first().click();
  await buyNow(phone);
  await picture(phone, 'checkout');
  await phone.page.getByRole('button', { name: /^Pay / }).click();
  await phone.page.getByText('Thank you!').waitFor();
  await inspector.page
    .getByRole('heading', { name: 'Purchases' })
    .evaluate((heading) => heading.scrollIntoView());
  await picture(inspector, 'inspect');

  const owner = await enterAs(shop, seller.email, { width: 1_200 });
  await owner.page.getByRole('link', { name: 'Sell', exact: true }).click();
  await owner.page.getByRole('link', { name: title }).click();
  await owner.page.locator('svg[role="img"]').first().waitFor();
  await picture(owner, 'sales');
}

async function enterAs(shop: Shop, email: string, look: Look): Promise<Visitor> {
  const visitor = await shop.enter(look);
  const { page } = visitor;
  await page.getByRole('link', { name: 'Sign in', exact: true }).first().click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(demoPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'My orders' }).waitFor();
  return visitor;
}

async function picture({ page }: Visitor, name: string): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
