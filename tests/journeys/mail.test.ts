// Mails as people read and use them: the whole system, with the inbox of the local mail catcher.

import { eventually } from '@ticketing/common/testing';
import { headersOf, mailsTo, mailTo, tokenIn } from '../system/inbox.js';
import { done, password, pay, refused, reserve, signUp, type Person } from '../system/person.js';
import { startSystem, type System } from '../system/system.js';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const gateway = () => system.url('gateway');
const post = (path: string, body: object) =>
  fetch(`${gateway()}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function profileOf(person: Person): Promise<unknown> {
  const headers = { authorization: `Bearer ${person.token()}` };
  return (await fetch(`${gateway()}/api/users/profile`, { headers })).json();
}

async function sell(seller: Person, buyer: Person, title: string): Promise<string> {
  const { id: ticketId } = await done(seller.createTicket({ title, price: '19.99' }), 201);
  const { id: orderId } = await reserve(buyer, { ticketId });
  await pay(buyer, orderId);
  return orderId;
}

test('the link in the first mail verifies the address, once', async () => {
  const ada = await signUp(gateway());
  expect(await profileOf(ada)).toMatchObject({ email: ada.email, emailVerified: false });
  const token = tokenIn(await mailTo(system, ada, /^Welcome/), 'verify-email');
  expect((await fetch(`${gateway()}/api/users/link`)).headers.get('content-type')).toMatch(/^text\/html/);

  const verify = () => post('/api/users/email-verifications/confirm', { token });
  expect((await verify()).status).toBe(200);
  expect(await profileOf(ada)).toMatchObject({ emailVerified: true });
  expect(await (await verify()).json()).toMatchObject({ errors: [{ code: 'link-invalid' }] });
});

test('a sale is told to the buyer and to the seller', async () => {
  const [seller, buyer] = [await signUp(gateway()), await signUp(gateway())];
  const orderId = await sell(seller, buyer, 'Cup final, row 3');
  const mails = [
    await mailTo(system, buyer, /^Reserved for you: .*Cup final, row 3/),
    await mailTo(system, buyer, /^Your order is complete: .*Cup final, row 3/),
    await mailTo(system, seller, /^Sold: .*Cup final, row 3/),
  ];
  for (const { text, html } of mails) {
    for (const part of [text, html]) expect(part).toContain(orderId);
    expect(text).toContain('19.99');
  }
  expect(await mailsTo(system, seller, /Reserved|complete/)).toEqual([]);
});

test('a password is reset by the link in a mail, and all earlier sessions end', async () => {
  const ada = await signUp(gateway());
  await done(ada.listOrders(), 200);
  expect((await post('/api/users/password-resets', { email: ada.email })).status).toBe(202);
  const token = tokenIn(await mailTo(system, ada, /^Choose a new password/), 'reset-password');

  const reset = (chosen: string) => post('/api/users/password-resets/confirm', { token, password: chosen });
  expect((await reset('battery staple')).status).toBe(200);
  expect(await (await reset('another staple')).json()).toMatchObject({ errors: [{ code: 'link-invalid' }] });
  await eventually(() => refused(ada.listOrders(), 401, 'not-signed-in'));
  const { email } = ada;
  await refused(ada.signIn({ email, password }), 401, 'invalid-credentials');
  await done(ada.signIn({ email, password: 'battery staple' }), 200);
  await done(ada.listOrders(), 200);
  await mailTo(system, ada, /^Your password has been changed/);
});

test('one request to the address in the header unsubscribes a seller from mails about sales, without a session', async () => {
  const [seller, buyer] = [await signUp(gateway()), await signUp(gateway())];
  await sell(seller, buyer, 'Row 1');
  const headers = await headersOf(system, await mailTo(system, seller, /^Sold: /));
  expect(headers).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
  const address = /^List-Unsubscribe: <([^>]+)>$/m.exec(headers)?.[1] ?? '';
  const unsubscribed = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  });
  expect(unsubscribed.ok).toBe(true);

  await sell(seller, buyer, 'Row 2');
  await mailTo(system, buyer, /^Your order is complete: /, 2);
  // A later mail to the seller has arrived: the one about the sale would have, too.
  await post('/api/users/password-resets', { email: seller.email });
  await mailTo(system, seller, /^Choose a new password/);
  expect(await mailsTo(system, seller, /^Sold: /)).toHaveLength(1);
});
