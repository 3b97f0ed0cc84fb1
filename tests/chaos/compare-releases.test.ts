import { missingIn } from './compare-releases.js';

const order = { id: 'a', ticket: { price: '1.00' }, items: [{ places: [0, 1] }], paid: null };

test('a newer answer may have more fields, at every depth', () => {
  const newer = {
    ...order,
    more: 1,
    ticket: { price: '1.00', more: 1 },
    items: [{ places: [0, 1], more: 1 }],
  };
  expect(missingIn(order, newer, 'body')).toBeUndefined();
});

test.each([
  ['a field is missing', { ...order, id: undefined }, 'body.id was "a" and is undefined'],
  [
    'a field has another value',
    { ...order, ticket: { price: '2.00' } },
    'body.ticket.price was "1.00" and is "2.00"',
  ],
  [
    'a field has another type',
    { ...order, ticket: '1.00' },
    'body.ticket was {"price":"1.00"} and is "1.00"',
  ],
  ['a list is longer', { ...order, items: [1, 2] }, 'body.items had 1 entries and now is [1,2]'],
  ['a list is no list', { ...order, items: { 0: 1 } }, 'body.items had 1 entries and now is {"0":1}'],
  [
    'a value became absent',
    { ...order, items: [{ places: [0, null] }] },
    'body.items.0.places.1 was 1 and is null',
  ],
  ['an empty value became one', { ...order, paid: {} }, 'body.paid was null and is {}'],
])('it is a difference if %s', (_what, newer, difference) => {
  expect(missingIn(order, newer, 'body')).toBe(difference);
});
