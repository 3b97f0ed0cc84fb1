// The actions of a person in the shop, by the names that they read there.

import { password } from '../system/person.js';
import type { Visitor } from './browser.js';

let people = 0;

/** Creates an account on the page. Returns its address. */
export async function signUpInShop({ page }: Visitor): Promise<string> {
  people += 1;
  const email = `visitor-${process.pid}-${people}@example.com`;
  await page.getByRole('link', { name: 'Sign in', exact: true }).first().click();
  await page.getByRole('link', { name: 'Create an account' }).click();
  // The page before has a field of the same name.
  await page.getByRole('heading', { level: 1, name: 'Create an account' }).waitFor();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('link', { name: 'My orders' }).waitFor();
  return email;
}

/** Opens a ticket from the list. */
export async function openTicket({ page }: Visitor, title: string): Promise<void> {
  await page.getByRole('link', { name: 'Tickets', exact: true }).click();
  await page.getByRole('searchbox').fill(title);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/** Reserves what the ticket page offers, and waits for the checkout. */
export async function buyNow({ page }: Visitor): Promise<void> {
  await page.getByRole('button', { name: 'Buy now' }).click();
  await page.getByRole('heading', { name: 'Pay for your order' }).waitFor();
}

/** Chooses a test card and pays. */
export async function payWith({ page }: Visitor, card: string): Promise<void> {
  await page.getByRole('radio', { name: card }).check();
  await page.getByRole('button', { name: /^Pay / }).click();
}

export const thanks = ({ page }: Visitor) => page.getByText('Thank you! The places are yours.').waitFor();
