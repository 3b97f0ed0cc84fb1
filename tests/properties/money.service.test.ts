// *One charge*: whatever buyers, orders, Stripe's webhooks and our own sweep do, in whatever order, and wherever a step is
// interrupted, what was charged and not given back is the price of a complete order, or nothing. On the real service beside
// the card network. An interruption is a call that fails before or after its effect: it leaves what a crash there leaves.

import type { Decision } from '@ticketing/common/decision';
import type { DomainEvent } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually } from '@ticketing/common/testing';
import fc from 'fast-check';
import { cancel, complete, expire, place, type Order } from '../../orders/src/domain/order.js';
import type { PaymentsContext } from '../../payments/src/store.js';
import { isUnsettled } from '../../payments/src/domain/payment.js';
import { service } from '../../payments/src/service.js';
import { startPayments, type Payments } from '../../payments/src/testing/start.js';
import { settlePayments } from '../../payments/src/jobs/settle-payments.js';
import { deliverTo, holdsAlways } from './kit.js';

const aLongTime = 1_800_000;
const price = 1_999;
const lanes = 4;
const payments: Payments[] = [];

beforeAll(async () => {
  // Each lane has an account of its own at the network, or the trouble of one would be that of all.
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
  for (const one of payments) await one.stop();
});

const fault = fc.oneof(
  fc.record({ mode: fc.constant('rate-limited' as const) }),
  fc.record({ mode: fc.constantFrom('down', 'errors'), when: fc.constantFrom('before', 'after') }),
);
const target = fc.constantFrom(
  'create',
  'confirm',
  'cancel',
  'retrieve',
  'refund',
  'list-refunds',
  'payment-method',
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('pay' as const),
      token: fc.constantFrom('tok_visa', 'pm_card_visa', 'tok_chargeDeclined'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('trouble' as const), fault, match: target }) },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'pay twice at once',
        'cancel',
        'cancel and pay at once',
        'tell payments',
        'tell orders',
        'webhooks',
        'sweep',
      ),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One order, its buyer, and the payments service that has heard of it. */
async function aPurchase({ ctx, network, pay, hook }: Payments) {
  const deliver = deliverTo(service.subscriptions?.(ctx) ?? []);
  const user = aUser();
  const ticket = {
    id: newId(),
    title: 'Final',
    priceInMinorUnits: price,
    currency: 'usd' as const,
    version: 0,
  };
  const placed = place(
    { id: newId(), userId: user.id, ticket, holder: undefined, slots: { taken: [], most: 10 } },
    new Date(),
    900,
  );
  if (placed.outcome !== 'accepted') throw new Error(placed.outcome);
  let order: Order = placed.state;
  const told: DomainEvent[] = [...placed.events];
  const { id } = order;
  const decide = (decision: Decision<Order, string>) => {
    if (decision.outcome !== 'accepted') return;
    order = decision.state;
    told.push(...decision.events);
  };
  const tellPayments = async () => {
    for (const event of told) if (event.type !== 'order:completed') await deliver(event);
  };
  await tellPayments();

  // orders hears of a payment some time after it was made, and it may have been given back since.
  const tellOrders = async () => {
    const payment = await ctx.payments.get(id);
    const made = await ctx.payments.model.findById(id).lean();
    const wasMade = made?.history.some(({ to }) => to === 'succeeded');
    if (wasMade && 'intentId' in payment) decide(complete(order, `${payment.intentId}`));
  };
  const webhooks = async () => {
    for (const { id: intentId, status } of await network.ledger(id)) {
      const type = { succeeded: 'payment_intent.succeeded', canceled: 'payment_intent.canceled' }[status];
      const facts = {
        id: intentId,
        object: 'payment_intent',
        status,
        amount: price,
        currency: 'usd',
        metadata: { orderId: id },
      };
      if (type) await hook(network.webhook(type, facts));
    }
  };
  const cancelOrder = async () => {
    decide(cancel(order, user.id));
    await tellPayments();
  };

  async function take(one: Step): Promise<unknown> {
    switch (one.what) {
      case 'pay':
        return pay(id, one.token, user);
      case 'pay twice at once':
        return Promise.all([pay(id, 'tok_visa', user), pay(id, 'pm_card_mastercard', user)]);
      case 'cancel':
        return decide(cancel(order, user.id));
      case 'cancel and pay at once':
        return Promise.all([pay(id, 'tok_visa', user), cancelOrder()]);
      case 'tell payments':
        return tellPayments();
      case 'tell orders':
        return tellOrders();
      case 'webhooks':
        return webhooks();
      case 'sweep':
        return sweep(ctx);
      case 'trouble':
        return network.trouble({ ...one.fault, match: one.match, calls: 1 } as never);
    }
  }

  /** The network is back, everybody hears everything, and an order that nobody paid expires. */
  async function conclude() {
    await network.trouble({ mode: 'ok' });
    await tellPayments();
    await eventually(async () => {
      await sweep(ctx);
      await tellOrders();
      if (order.status === 'created') decide(expire(order, order.expiresAt));
      await tellPayments();
      const payment = await ctx.payments.get(id);
      expect(isUnsettled(payment)).toBe(false);
      expect(payment.status === 'succeeded').toBe(order.status === 'complete');
    });
    return kept();
  }

  async function kept() {
    const intents = await network.ledger(id);
    return {
      kept: intents.reduce((sum, { charged, refunded }) => sum + charged - refunded, 0),
      charged: intents.filter(({ charged }) => charged > 0).length,
      status: order.status,
    };
  }

  return { take, conclude, kept };
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
    await holdsAlways(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      async (steps) => {
        const lane = free.pop();
        if (!lane) throw new Error('more lanes than services');
        try {
          const { take, conclude } = await aPurchase(lane);
          for (const one of steps) await take(one);
          const { kept, charged, status } = await conclude();
          expect(kept).toBe(status === 'complete' ? price : 0);
          expect(charged).toBeLessThanOrEqual(1);
        } finally {
          free.push(lane);
        }
      },
      { atOnce: lanes, share: 0.2 },
    );
  },
  aLongTime,
);

test('…and if payments did not hear of cancellations, money would be kept for nothing (this keeps the test above honest)', async () => {
  const [lane] = payments;
  if (!lane) throw new Error('no service');
  const { take, kept } = await aPurchase(lane);
  await take({ what: 'pay', token: 'tok_visa' });
  await take({ what: 'cancel' });
  await take({ what: 'sweep' });
  expect(await kept()).toEqual({ kept: price, charged: 1, status: 'cancelled' });
});
