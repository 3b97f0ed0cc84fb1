// Promise "one charge": in every interleaving of buyer, seller, operator, orders, the card network and the sweep, with
// interruptions, what is kept equals the price of an order that stands, minus what payments says went back, to the minor
// unit. A cancelled order keeps nothing, or an operator is called. The service and the card network are real.
// An interruption is a call that fails before or after its effect; a crash at that point leaves the same state.

import type { Decision } from '@ticketing/common/decision';
import { claimOf, type DomainEvent } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually, type TestUser } from '@ticketing/common/testing';
import fc from 'fast-check';
import { placesOf } from '../../orders/src/domain/items.js';
import { cancel, complete, expire, freePlaces, type Order } from '../../orders/src/domain/order.js';
import type { PaymentsContext } from '../../payments/src/store.js';
import { freedPlaces, refundedOrPendingAmount, withRefunds } from '../../payments/src/domain/charge-state.js';
import {
  attentionFor,
  isCharge,
  isUnsettled,
  type Payment,
} from '../../payments/src/domain/payment-state.js';
import { requestRefund } from '../../payments/src/refund.js';
import { service } from '../../payments/src/service.js';
import { startPayments, type Payments } from '../../payments/src/testing/start.js';
import { settlePayments } from '../../payments/src/jobs/settle-payments.js';
import { checkProperty, deliverTo } from './harness.js';
import { placeCart } from './histories.js';

const timeoutMs = 1_800_000;
const price = 1_999;
const lanes = 4;
const payments: Payments[] = [];

beforeAll(async () => {
  // Each lane has its own account at the network, so that a fault hits one lane only.
  for (let lane = 0; lane < lanes; lane += 1)
    payments.push(
      await startPayments({
        SETTLE_SWEEP_MS: '3600000',
        PAYMENT_ANSWER_MS: '300',
        STRIPE_TIMEOUT_MS: '2000',
      }),
    );
});
afterAll(async () => {
  for (const lane of payments) await lane.stop();
});

const fault = fc.oneof(
  fc.record({ mode: fc.constant('rate-limited' as const) }),
  fc.record({ mode: fc.constantFrom('down', 'errors'), when: fc.constantFrom('before', 'after') }),
);
const call = fc.constantFrom(
  'create',
  'confirm',
  'cancel',
  'retrieve',
  'refund',
  'list-refunds',
  'list-disputes',
  'payment-method',
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      action: fc.constant('pay' as const),
      token: fc.constantFrom(
        'tok_visa',
        'pm_card_visa',
        'tok_chargeDeclined',
        'tok_threeDSecure2Required',
        'tok_pendingRefund',
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ action: fc.constant('fault' as const), fault, match: call }) },
  {
    weight: 4,
    arbitrary: fc.record({
      action: fc.constantFrom('refund', 'refund at the dashboard'),
      amount: fc.option(fc.integer({ min: 1, max: price }), { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      action: fc.constant('refund places' as const),
      places: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ action: fc.constant('dispute' as const), amount: fc.constantFrom(price, 700) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      action: fc.constantFrom(
        'pay twice at once',
        'cancel',
        'cancel and pay at once',
        'deliver to payments',
        'deliver to orders',
        'webhooks',
        'sweep',
        'approve',
        'refuse',
        'two refunds at once',
        'two refunds of a place at once',
        'cancel the intent at Stripe',
        'the bank accepts the refunds',
        'the bank returns the refunds',
        'the dispute is won',
        'the dispute is lost',
      ),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** An order of a new buyer for two places of one ticket and one of another, and the events that it has published. */
function openOrder(user: TestUser) {
  const [hall, seat] = [newId(), newId()];
  const places = [0, 1].map((place) => ({ ticketId: hall, place }));
  const prices = { [hall]: 700, [seat]: price - 2 * 700 };
  const placed = placeCart([...places, { ticketId: seat, place: 0 }], new Date(), user.id, prices);
  if (placed.outcome !== 'accepted') throw new Error(placed.outcome);
  let order: Order = placed.state;
  const events: DomainEvent[] = [...placed.events];
  return {
    id: order.id,
    places: placesOf(order),
    events,
    current: () => order,
    apply(decide: (order: Order) => Decision<Order, string>): void {
      const decision = decide(order);
      if (decision.outcome !== 'accepted') return;
      order = decision.state;
      events.push(...decision.events);
    },
  };
}

/** One purchase: an order, its buyer, and a payments service. */
async function openPurchase({ ctx, network, pay, hook }: Payments) {
  const subscriptions = service.subscriptions?.(ctx) ?? [];
  const deliver = deliverTo(subscriptions);
  const isSubscribed = ({ type }: DomainEvent) => subscriptions.some(({ event }) => event.type === type);
  const user = aUser();
  const order = openOrder(user);
  const { id } = order;
  const cancelOrder = () => order.apply((current) => cancel(current, user.id));

  async function deliverToPayments(): Promise<void> {
    for (const event of order.events.filter(isSubscribed)) await deliver(event);
  }

  // The event arrives some time after the charge; the charge may be refunded by then.
  async function deliverToOrders(): Promise<void> {
    const payment = await ctx.payments.get(id);
    const stored = await ctx.payments.model.findById(id).lean();
    const wasCharged = stored?.history.some(({ to }) => to === 'succeeded');
    if (!wasCharged || !('intentId' in payment)) return;
    const charge = { stripeId: `${payment.intentId}`, amount: '19.99', currency: payment.currency };
    order.apply((current) => complete(current, charge));
    const places = isCharge(payment) ? freedPlaces(withRefunds(payment)) : [];
    order.apply((current) => freePlaces(current, { ...charge, places }));
  }

  async function sendWebhooks(): Promise<void> {
    for (const { id: intentId, status } of await network.ledger(id)) {
      const type = { succeeded: 'payment_intent.succeeded', canceled: 'payment_intent.canceled' }[status];
      const amount = { amount: price, currency: 'usd' };
      const metadata = { installation: ctx.cards.installation, orderId: id };
      const intent = { id: intentId, object: 'payment_intent', status, ...amount, metadata };
      if (type) await hook(network.webhook(type, intent));
      const charge = { object: 'charge', payment_intent: intentId };
      if (status === 'succeeded') await hook(network.webhook('charge.refunded', charge));
    }
  }

  const bank = bankOf(network, id);
  const request = (part: { amountInMinorUnits?: number | undefined; places?: typeof order.places }) =>
    requestRefund(ctx, { orderId: id, ...part, by: 'operator:ann', reason: '' }, jobCause('test'));
  const refund = (amountInMinorUnits: number | undefined) => request({ amountInMinorUnits });
  const refundPlaces = (numbers: readonly number[]) =>
    request({ places: order.places.filter((_place, at) => numbers.includes(at)) });

  async function cancelAndDeliver(): Promise<void> {
    cancelOrder();
    await deliverToPayments();
  }

  async function take(step: Step): Promise<unknown> {
    switch (step.action) {
      case 'pay':
        return pay(id, step.token, user);
      case 'pay twice at once':
        return Promise.all([pay(id, 'tok_visa', user), pay(id, 'pm_card_mastercard', user)]);
      case 'cancel':
        return cancelOrder();
      case 'cancel and pay at once':
        return Promise.all([pay(id, 'tok_visa', user), cancelAndDeliver()]);
      case 'deliver to payments':
        return deliverToPayments();
      case 'deliver to orders':
        return deliverToOrders();
      case 'webhooks':
        return sendWebhooks();
      case 'sweep':
        return sweep(ctx);
      case 'refund':
        return refund(step.amount);
      case 'two refunds at once':
        return Promise.all([refund(1_200), refund(1_200)]);
      case 'refund places':
        return refundPlaces(step.places);
      case 'two refunds of a place at once':
        return Promise.all([refundPlaces([0]), refundPlaces([0, 1])]);
      case 'refund at the dashboard':
        return bank.refund(step.amount);
      case 'dispute':
        return bank.dispute(step.amount);
      case 'the dispute is won':
        return bank.closeDispute('won');
      case 'the dispute is lost':
        return bank.closeDispute('lost');
      case 'the bank accepts the refunds':
        return bank.settleRefunds('succeeded');
      case 'the bank returns the refunds':
        return bank.settleRefunds('failed');
      case 'approve':
      case 'refuse':
        return bank.answer(step.action);
      case 'cancel the intent at Stripe':
        return bank.cancelIntent();
      case 'fault':
        return network.inject({ ...step.fault, match: step.match, calls: 1 } as never);
    }
  }

  await deliverToPayments();
  return { ctx, network, order, take, deliverToPayments, deliverToOrders, sendWebhooks };
}

/** Changes at Stripe that payments did not ask for. A step that Stripe refuses changes nothing. */
function bankOf(
  { ledger, stripe, answer, dispute, closeDispute, settleRefund }: Payments['network'],
  orderId: string,
) {
  const ifAllowed = async (act: (intent: Awaited<ReturnType<typeof ledger>>[number]) => Promise<unknown>) => {
    for (const intent of await ledger(orderId)) await act(intent).catch(() => undefined);
  };
  return {
    refund: (amount?: number) =>
      ifAllowed(({ id }) =>
        stripe.refunds.create({ payment_intent: id, ...(amount !== undefined && { amount }) }),
      ),
    dispute: (amount: number) => ifAllowed(({ id }) => dispute(id, { amount })),
    closeDispute: (outcome: 'won' | 'lost') =>
      ifAllowed(async ({ disputes }) => {
        for (const { id } of disputes) await closeDispute(id, outcome);
      }),
    settleRefunds: (outcome: 'succeeded' | 'failed') =>
      ifAllowed(async ({ refunds }) => {
        for (const { id } of refunds) await settleRefund(id, outcome);
      }),
    answer: (outcome: 'approve' | 'refuse') =>
      ifAllowed(async ({ id }) => {
        const { client_secret: secret } = await stripe.paymentIntents.retrieve(id);
        await answer(secret ?? '', outcome);
      }),
    cancelIntent: () => ifAllowed(({ id }) => stripe.paymentIntents.cancel(id)),
  };
}

type Purchase = Awaited<ReturnType<typeof openPurchase>>;

/** Ends the faults and delivers everything; an unpaid order expires. */
async function settle(purchase: Purchase): Promise<void> {
  const { ctx, network, order, deliverToPayments, deliverToOrders, sendWebhooks } = purchase;
  await network.inject({ mode: 'ok' });
  await deliverToPayments();
  await eventually(async () => {
    await sweep(ctx);
    await sendWebhooks();
    await deliverToOrders();
    if (order.current().status === 'created') order.apply((current) => expire(current, current.expiresAt));
    await deliverToPayments();
    const payment = await ctx.payments.get(order.id);
    expect(isUnsettled(payment)).toBe(false);
    const isPaid = isCharge(payment) && !payment.isOrderCancelled;
    expect(isPaid).toBe(order.current().status === 'complete');
  });
}

async function balanceOf({ ctx, network, order }: Purchase) {
  const intents = await network.ledger(order.id);
  const payment = await ctx.payments.get(order.id);
  const kept = intents.map(({ charged, refunded, lost }) => charged - refunded - lost);
  return {
    kept: kept.reduce((sum, amount) => sum + amount, 0),
    lowest: Math.min(0, ...kept),
    charges: intents.filter(({ charged }) => charged > 0).length,
    status: order.current().status,
    /** as payments knows it */
    returned: isCharge(payment) ? refundedOrPendingAmount(withRefunds(payment)) : price,
    attention: attentionFor(payment),
    ...placesIn(payment, order),
  };
}

/** The places that went back to the buyer, those of refunds that may still succeed, and those that the order holds. */
function placesIn(payment: Payment, order: Purchase['order']) {
  if (!isCharge(payment)) return { freed: [], named: [], held: [] };
  const live = (withRefunds(payment).refunds ?? []).filter(({ status }) => status !== 'failed');
  return {
    freed: freedPlaces(withRefunds(payment)).map(claimOf),
    named: live.flatMap(({ places = [] }) => places).map(claimOf),
    held: placesOf(order.current()).map(claimOf),
  };
}

function sweep(ctx: PaymentsContext): Promise<void> {
  const config = { ...ctx.config, SETTLE_SWEEP_MS: 0, SETTLE_AFTER_MS: -1 };
  return settlePayments({ ...ctx, config })({
    cause: jobCause('test'),
    signal: new AbortController().signal,
  });
}

test(
  'money is conserved in every interleaving',
  async () => {
    const free = [...payments];
    await checkProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      async (steps) => {
        const lane = free.pop();
        if (!lane) throw new Error('all services are in use');
        try {
          const purchase = await openPurchase(lane);
          for (const step of steps) await purchase.take(step);
          await settle(purchase);
          const { kept, lowest, charges, status, ...known } = await balanceOf(purchase);
          expect(kept).toBe(price - known.returned);
          expect(lowest).toBe(0);
          expect(charges).toBeLessThanOrEqual(1);
          if (status === 'cancelled' && known.attention === undefined) expect(kept).toBe(0);
          expect(new Set(known.named).size).toBe(known.named.length);
          // The order gives up its last place when the refund of the whole payment arrives.
          const isLast = known.freed.length === purchase.order.places.length;
          if (status === 'complete' && !isLast)
            expect(known.held.filter((claim) => known.freed.includes(claim))).toEqual([]);
        } finally {
          free.push(lane);
        }
      },
      { lanes, share: 0.2 },
    );
  },
  timeoutMs,
);

test('control: without the delivery of cancellations, a cancelled order keeps its charge', async () => {
  const [lane] = payments;
  if (!lane) throw new Error('no service was started');
  const purchase = await openPurchase(lane);
  await purchase.take({ action: 'pay', token: 'tok_visa' });
  await purchase.take({ action: 'cancel' });
  await purchase.take({ action: 'sweep' });
  expect(await balanceOf(purchase)).toMatchObject({ kept: price, charges: 1, status: 'cancelled' });
});
