import { createPurchases } from './purchases.js';

const order = 'a'.repeat(24);
const other = 'b'.repeat(24);
const ticket = 'c'.repeat(24);
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

const placed = () => {
  const purchases = createPurchases();
  purchases.ofEvent({ type: 'order:created', subject: order, traceparent, data: {} });
  return purchases;
};

test('an order, its payment and its expiration belong to the order', () => {
  const { ofEvent, ofDocument } = createPurchases();
  for (const type of ['order:created', 'payment:created', 'expiration:complete'])
    expect(ofEvent({ type, subject: order, data: {} })).toBe(order);
  expect(ofDocument({ service: 'orders', collection: 'orders', id: other, changes: {} })).toBe(other);
});

test('a ticket belongs to the order that changed it: by the trace, by the stored event, and in the copy of orders', () => {
  const { ofEvent, ofDocument } = placed();
  const changed = { type: 'ticket:updated', subject: ticket, traceparent, data: { version: 4 } };
  const written = { outbox: [{ traceparent }] };
  expect(ofDocument({ service: 'tickets', collection: 'tickets', id: ticket, changes: written })).toBe(order);
  expect(ofEvent(changed)).toBe(order);
  const copy = { service: 'orders', collection: 'tickets', id: ticket };
  expect(ofDocument({ ...copy, changes: { version: 4 } })).toBe(order);
  expect(ofDocument({ ...copy, changes: { version: 5 } })).toBeUndefined();
});

test('a document belongs to the order in its id, or else to the newest one in its history', () => {
  const purchases = placed();
  const { ofDocument } = purchases;
  const mail = { service: 'notifications', collection: 'notices', id: `order:created/${order}|x|mail` };
  expect(ofDocument({ ...mail, changes: {} })).toBe(order);
  purchases.ofEvent({ type: 'order:created', subject: other, data: {} });
  const history = [{ why: `event:order:created/${order}/0` }, { why: `event:order:created/${other}/0` }];
  expect(ofDocument({ service: 'x', collection: 'y', id: ticket, changes: { history } })).toBe(other);
});
