// For each operation of the API, a request that the owner of its object may send. An operation without a case fails the
// matrix.

import { issueLinkToken } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import type { Request } from './ask.js';
import { linkToken } from './links.js';
import {
  createKnownTicket,
  createTicket,
  payOrder,
  placeKnownOrder,
  placeNotifiedOrder,
  placeOrder,
  sellTicket,
} from './people.js';
import { sessionIn, sidIn, stripeSignature, type Actor, type World } from './world.js';

/** Only the owner's answer contains `secret`. */
export type Case = Readonly<{ request: Request; secret?: string }>;
export type Prepare = (world: World, owner: Actor, seller: Actor) => Promise<Case>;

export const post = (path: string, body?: object): Request => ({
  method: 'POST',
  path,
  ...(body && { body }),
});
const mails = { 'order-expired': true, 'seller-sold': true, 'seller-refunded': true };
const ticket = { title: 'A seat', price: '15' };

export const cases: Readonly<Record<string, Prepare>> = {
  signUp: async () => ({
    request: post('/api/users/signup', { email: `${newId()}@example.com`, password: newId() }),
  }),
  signIn: async (_world, { email, password }) => ({
    request: post('/api/users/signin', { email, password }),
  }),
  signOut: async () => ({ request: post('/api/users/signout') }),
  showCurrentUser: async (_world, { email }) => ({
    request: { path: '/api/users/currentuser' },
    secret: email,
  }),
  listSessions: async (world, owner) => ({
    request: { path: '/api/users/sessions' },
    secret: await newSessionOf(world, owner),
  }),
  revokeSession: async (world, owner) => ({
    request: { method: 'DELETE', path: `/api/users/sessions/${await newSessionOf(world, owner)}` },
  }),
  changePassword: async (_world, { password }) => ({
    request: post('/api/users/password', { password, newPassword: `${password} again` }),
  }),
  requestPasswordReset: async (_world, { email }) => ({
    request: post('/api/users/password-resets', { email }),
  }),
  resetPassword: async (world) => {
    // A fresh account, because an inbox gets few mails.
    const { id, email } = await world.signUp();
    await world.ask(post('/api/users/password-resets', { email }));
    const token = await linkToken(world, id, 'reset-password');
    return { request: post('/api/users/password-resets/confirm', { token, password: newId() }) };
  },
  requestEmailVerification: async () => ({ request: post('/api/users/email-verifications') }),
  verifyEmail: async (world) => {
    const { id, cookie } = await world.signUp();
    // A network has a limited number of mails at sign-up.
    await world.ask({ ...post('/api/users/email-verifications'), headers: { Cookie: cookie } });
    const token = await linkToken(world, id, 'verify-email');
    return { request: post('/api/users/email-verifications/confirm', { token }) };
  },
  requestEmailChange: async (_world, { password }) => ({
    request: post('/api/users/email-changes', { email: `${newId()}@example.com`, password }),
  }),
  confirmEmailChange: async (world) => {
    const { id, password, cookie } = await world.signUp();
    const body = { email: `${newId()}@example.com`, password };
    await world.ask({ ...post('/api/users/email-changes', body), headers: { Cookie: cookie } });
    const token = await linkToken(world, id, 'confirm-new-email');
    return { request: post('/api/users/email-changes/confirm', { token }) };
  },
  showProfile: async (_world, { email }) => ({ request: { path: '/api/users/profile' }, secret: email }),
  changeProfile: async () => ({
    request: { method: 'PUT', path: '/api/users/profile', body: { name: 'Ada', locale: 'de' } },
  }),
  exportAccount: async (_world, { email }) => ({ request: { path: '/api/users/export' }, secret: email }),
  deleteAccount: async (_world, { password }) => ({
    request: { method: 'DELETE', path: '/api/users', body: { password } },
  }),
  listTickets: async () => ({ request: { path: '/api/tickets' } }),
  createTicket: async () => ({ request: post('/api/tickets', ticket) }),
  showTicket: async (world, owner) => ({
    request: { path: `/api/tickets/${await createTicket(world, owner)}` },
  }),
  watchTickets: async (world, owner) => ({
    request: { path: `/api/tickets/events?ids=${await createTicket(world, owner)}` },
  }),
  updateTicket: async (world, owner) => ({
    request: { method: 'PUT', path: `/api/tickets/${await createTicket(world, owner)}`, body: ticket },
  }),
  withdrawTicket: async (world, owner) => ({
    request: { method: 'DELETE', path: `/api/tickets/${await createTicket(world, owner)}` },
  }),
  listOrders: async (world, owner, seller) => ({
    request: { path: '/api/orders' },
    secret: await placeOrder(world, owner, seller),
  }),
  listSales: async (world, owner, buyer) => ({
    request: { path: '/api/orders/sales' },
    secret: await sellTicket(world, owner, buyer),
  }),
  placeOrder: async (world, _owner, seller) => ({
    request: post('/api/orders', { ticketId: await createKnownTicket(world, seller) }),
  }),
  showOrder: async (world, owner, seller) =>
    withSecret(await placeOrder(world, owner, seller), '/api/orders'),
  watchOrders: async (world, owner, seller) => ({
    request: { path: '/api/orders/events' },
    secret: await placeOrder(world, owner, seller),
  }),
  watchOrder: async (world, owner, seller) => {
    const id = await placeOrder(world, owner, seller);
    return { request: { path: `/api/orders/${id}/events` }, secret: id };
  },
  cancelOrder: async (world, owner, seller) => ({
    request: { method: 'DELETE', path: `/api/orders/${await placeOrder(world, owner, seller)}` },
  }),
  payOrder: async (world, owner, seller) => ({
    request: post('/api/payments', {
      orderId: await placeKnownOrder(world, owner, seller),
      token: 'tok_visa',
    }),
  }),
  showPayment: async (world, owner, seller) =>
    withSecret(await payOrder(world, owner, seller), '/api/payments'),
  refundPayment: async (world, owner, buyer) => ({
    request: post(`/api/payments/${await payOrder(world, buyer, owner)}/refunds`, { amount: '5' }),
  }),
  listNotifications: async (world, owner, seller) => ({
    request: { path: '/api/notifications' },
    secret: await placeNotifiedOrder(world, owner, seller),
  }),
  markNotificationsRead: async () => ({ request: post('/api/notifications/read', { ids: [newId()] }) }),
  showNotificationPreferences: async () => ({ request: { path: '/api/notifications/preferences' } }),
  setNotificationPreferences: async () => ({
    request: { method: 'PUT', path: '/api/notifications/preferences', body: { mails } },
  }),
  unsubscribe: async (world, owner) => ({
    request: post(`/api/notifications/unsubscribe/${unsubscribeTokenOf(world, owner)}`),
  }),
  releaseOrder: async (world, owner, seller) => ({
    request: post(`/api/orders/office/releases/${await placeOrder(world, owner, seller)}`),
  }),
  refundByOperator: async (world, owner, buyer) => ({
    request: post(`/api/payments/office/refunds/${await payOrder(world, buyer, owner)}`, {
      ...{ amount: '5', reason: 'the seat was broken' },
    }),
  }),
  ...office('Auth', '/api/users', async (_world, { id, email }) => ({ id, text: email })),
  ...office('Tickets', '/api/tickets', async (world, owner) => named(await createTicket(world, owner))),
  ...office('Orders', '/api/orders', async (world, owner, seller) =>
    named(await placeOrder(world, owner, seller)),
  ),
  ...office('Payments', '/api/payments', async (world, owner, seller) =>
    named(await payOrder(world, owner, seller)),
  ),
  ...office('Notifications', '/api/notifications', async (world, owner, seller) => {
    await placeNotifiedOrder(world, owner, seller);
    return named(owner.id);
  }),
  receiveWebhook: async (world) => {
    const body = JSON.stringify({ id: 'evt_1', object: 'event', type: 'ping', livemode: false, data: {} });
    const headers = {
      'Content-Type': 'application/json',
      'Stripe-Signature': stripeSignature(body, world.webhookSecret),
    };
    return { request: { method: 'POST', path: '/api/payments/webhook', headers, body } };
  },
};

type Known = Readonly<{ id: string; text: string }>;
const named = (id: string): Known => ({ id, text: id });

/** The rows of a service's back office, with something that it stores. */
function office(
  name: string,
  path: string,
  prepare: (world: World, owner: Actor, seller: Actor) => Promise<Known>,
): Readonly<Record<string, Prepare>> {
  return {
    [`findIn${name}`]: async (world, owner, seller) => {
      const { id, text } = await prepare(world, owner, seller);
      return { request: post(`${path}/office/find`, { texts: [text] }), secret: id };
    },
    [`showHistoryIn${name}`]: async (world, owner, seller) => ({
      request: { path: `${path}/office/history/${(await prepare(world, owner, seller)).id}` },
    }),
    [`showOverviewOf${name}`]: async () => ({ request: { path: `${path}/office/overview` } }),
  };
}

const unsubscribeTokenOf = ({ accountLinkKey }: World, { id }: Actor): string =>
  issueLinkToken(accountLinkKey, { id: `${id}-seller-sold`, purpose: 'unsubscribe' });

async function newSessionOf(world: World, { email, password }: Actor): Promise<string> {
  return sidIn(`session=${sessionIn(await world.ask(post('/api/users/signin', { email, password })))}`);
}

const withSecret = (id: string, list: string): Case => ({ request: { path: `${list}/${id}` }, secret: id });
