import { stateOf, type Order, type OrderState, type Payment } from './order-state.js';

const expiresAt = '2026-06-01T12:15:00.000Z';
const inTime = Date.parse(expiresAt) - 1;
const late = Date.parse(expiresAt);

type Row = Readonly<Record<Order['status'], OrderState>>;
const closed = { cancelled: 'cancelled', refunded: 'refunded' } as const;
const table: Readonly<Record<Payment['status'] | 'none', Row>> = {
  none: { created: 'open', complete: 'paid', ...closed },
  pending: { created: 'processing', complete: 'paid', ...closed },
  'requires-action': { created: 'needs-approval', complete: 'paid', ...closed },
  declined: { created: 'open', complete: 'paid', ...closed },
  succeeded: { created: 'paid', complete: 'paid', ...closed },
  refunding: { created: 'refunding', complete: 'refunding', ...closed },
  'partly-refunded': { created: 'partly-refunded', complete: 'partly-refunded', ...closed },
  refunded: { created: 'refunded', complete: 'refunded', ...closed },
};

const cells = Object.entries(table).flatMap(([payment, row]) =>
  Object.entries(row).map(([order, state]) => ({
    payment: payment === 'none' ? null : { status: payment as Payment['status'] },
    order: { status: order as Order['status'], expiresAt },
    state,
  })),
);

test.each(cells)('$order.status with the payment $payment.status is $state', ({ order, payment, state }) => {
  expect(stateOf(order, payment, inTime)).toBe(state);
});

test.each([
  ['expiry', 'expired'],
  ['buyer', 'cancelled'],
  ['operator', 'cancelled'],
] as const)('an order that ended by %s is %s', (cancelledBy, state) => {
  expect(stateOf({ status: 'cancelled', cancelledBy, expiresAt }, null, late)).toBe(state);
});

test.each(cells)(
  '$order.status with the payment $payment.status is never payable after its time',
  ({ order, payment, state }) => {
    const isPayable = state === 'open' || state === 'needs-approval';
    expect(stateOf(order, payment, late)).toBe(isPayable ? 'overdue' : state);
  },
);
