import type { Step } from './feed.js';
import { linesOf, purchasesIn } from './purchases.js';

let number = 0;
const at = () => new Date(1_800_000_000_000 + number).toISOString();
const common = (orderId: string) => ({ number: (number += 1), at: at(), orderId });
const order = (orderId: string, status: string, what: 'insert' | 'update' = 'insert'): Step => ({
  ...{ ...common(orderId), kind: 'document', service: 'orders', collection: 'orders', documentId: orderId },
  ...{ what, status, fields: ['status'], events: [`${orderId} ${status}`] },
});
const event = (orderId: string, type: string, data: unknown, id = type): Step => ({
  ...{ ...common(orderId), kind: 'event', id, type, subject: orderId, from: 'x', to: [], data },
});
const killed = (service: string): Step => ({
  ...{ number: (number += 1), at: at(), kind: 'process', service, what: 'killed', pid: 1 },
});
const placed = {
  ticket: { title: 'Row 3', price: '20.00', currency: 'usd' },
  items: [{ title: 'Row 3', places: [0, 1] }],
};

test('a purchase shows what was bought, its status, its charges, and the processes killed meanwhile', () => {
  const charge = { stripeId: 'pi_1' };
  const steps = [
    killed('auth'),
    order('a', 'created'),
    event('a', 'order:created', placed),
    killed('payments'),
    event('a', 'payment:created', charge),
    event('a', 'payment:created', charge),
    order('a', 'complete', 'update'),
    killed('tickets'),
  ];
  expect(purchasesIn(steps)).toMatchObject([
    { orderId: 'a', title: 'Row 3', places: 2, status: 'complete', charges: 1, kills: 1 },
  ]);
});

test('an unpaid purchase is under way: what is killed now belongs to it. The newest purchase comes first', () => {
  const steps = [order('a', 'created'), order('b', 'created'), killed('orders')];
  expect(purchasesIn(steps)).toMatchObject([
    { orderId: 'b', kills: 1 },
    { orderId: 'a', kills: 1 },
  ]);
});

test('events of an earlier purchase that a service repeats are no purchase', () => {
  expect(purchasesIn([event('old', 'order:created', placed), event('old', 'order:completed', {})])).toEqual(
    [],
  );
});

test('an event follows the write that stored it, also if the page hears it later', () => {
  const begin = order('a', 'created');
  const bill = { ...order('a', 'none'), service: 'payments', collection: 'payments' } as Step;
  const steps = [begin, bill, event('a', 'order:created', placed, 'a created')];
  const [purchase] = purchasesIn(steps);
  expect(purchase?.steps.map((step) => (step.kind === 'document' ? step.service : step.kind))).toEqual([
    'orders',
    'event',
    'payments',
  ]);
});

test('equal writes are one line, and a repeated event is marked', () => {
  const steps = [
    event('a', 'order:created', placed),
    order('a', 'created'),
    order('a', 'created'),
    event('a', 'order:created', placed),
  ];
  expect(linesOf(steps).map(({ times, isRepeated }) => [times, isRepeated])).toEqual([
    [1, false],
    [2, false],
    [1, true],
  ]);
});
