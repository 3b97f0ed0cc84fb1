import { OrderCancelled, OrderCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, testEnv, type TestUser } from '@ticketing/common/testing';
import { service } from '../service.js';
import { openNetwork, webhookSecret } from './network.js';

type Placed = Readonly<{
  user: TestUser;
  seller: TestUser;
  id: string;
  /** of the whole order */
  price: string;
  items?: Parameters<typeof OrderCreated>[0]['items'];
  expiresAt: string;
}>;

/** The events of an order. */
const eventsOfOrder = ({ user, seller, id, price, items, expiresAt }: Placed) => {
  const shared = { id, userId: user.id, expiresAt, items };
  const [ticketId = newId()] = items?.map((item) => item.ticketId) ?? [];
  const ticket = { id: ticketId, title: 'Final', price, currency: 'usd' as const, version: 0 };
  const offer = { ...ticket, sellerId: seller.id };
  return {
    ticketId,
    created: OrderCreated({ ...shared, version: 0, status: 'created', ticket: offer }),
    cancelled: OrderCancelled({
      ...shared,
      version: 1,
      status: 'cancelled',
      reason: 'buyer',
      ticket: { id: ticket.id },
    }),
  };
};

/** Longer than any request may take: a busy machine is no reason to answer 202. */
const patientMs = 60_000;

/** Starts payments on real servers, with an account of its own at the local card network. */
export async function startPayments(env: Readonly<Record<string, string>> = {}, now?: () => Date) {
  const { STRIPE_API_BASE: base = '' } = testEnv();
  const network = openNetwork(base);
  const settings = {
    STRIPE_KEY: network.key,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    PAYMENT_ANSWER_MS: `${patientMs}`,
    ...env,
  };
  const payments = await startForTest(service, settings, now ? { now } : {});

  return {
    ...payments,
    network,

    /** An unpaid order that payments has received. `price` is that of all `items`. */
    async anOrder({ seconds = 900, ...more }: Partial<Placed> & { seconds?: number } = {}) {
      const expiresAt = new Date(Date.now() + seconds * 1_000).toISOString();
      const order = { id: newId(), user: aUser(), seller: aUser(), price: '19.99', expiresAt, ...more };
      const { ticketId, ...events } = eventsOfOrder(order);
      await payments.publish(events.created);
      await eventually(() => payments.ctx.payments.get(order.id));
      const { id, user, seller } = order;
      return { id, user, seller, ticketId, cancel: () => payments.publish(events.cancelled), events };
    },

    pay: (orderId: unknown, token: unknown, user: TestUser, more: object = {}) =>
      payments.request
        .post('/api/payments')
        .set('Cookie', user.cookie)
        .send({ orderId, token, ...more }),

    show: (orderId: string, user: TestUser) =>
      payments.request.get(`/api/payments/${orderId}`).set('Cookie', user.cookie),

    refund: (orderId: string, user: TestUser, body: object = {}) =>
      payments.request.post(`/api/payments/${orderId}/refunds`).set('Cookie', user.cookie).send(body),

    /** From now on, a buyer waits for the card network no longer than this. */
    answerWithin(milliseconds = patientMs): void {
      const config = { ...payments.ctx.config, PAYMENT_ANSWER_MS: milliseconds };
      Object.assign(payments.ctx, { config });
    },

    /** The mark of this system on an intent for an order. */
    markOf: (orderId: string) => ({ installation: payments.ctx.cards.installation, orderId }),

    /** Resolves when the stored payment has this status. */
    becomes: (id: string, status: string) =>
      eventually(async () => expect((await payments.ctx.payments.find(id))?.status).toBe(status)),

    hook: ({ payload, signature }: { payload: string; signature: string }) =>
      payments.request
        .post('/api/payments/webhook')
        .set('Stripe-Signature', signature)
        .set('Content-Type', 'application/json')
        .send(payload),
  };
}

export type Payments = Awaited<ReturnType<typeof startPayments>>;
