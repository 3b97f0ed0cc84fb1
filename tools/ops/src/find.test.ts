import type { Found } from '@ticketing/common/operator';
import { formatFound, idsToFollow } from './find.js';

const found = (what: string, id: string, related: Found['related'] = {}): Found => ({
  ...{ what, id, status: 'open', related },
});

describe('what is asked next', () => {
  test.each([
    ['the account of an address', 'a@b.de', [found('account', 'u1', { email: 'a@b.de' })], ['u1']],
    ['not the account that was asked for', 'u1', [found('account', 'u1')], []],
    ['the order of a payment', 'pi_1', [found('payment', 'o1', { order: 'o1' })], ['o1']],
    [
      'not an order that was described',
      'o1',
      [found('payment', 'o1', { order: 'o1' }), found('order', 'o1')],
      [],
    ],
    [
      'the order of a ticket, once',
      't1',
      [found('ticket', 't1', { order: 'o1' }), found('ticket', 't2', { order: 'o1' })],
      ['o1'],
    ],
    ['nothing', 'x', [], []],
  ])('is %s', (_what, text, items, expected) => {
    expect(idsToFollow(items, text)).toEqual(expected);
  });
});

test('each thing has one line, from the account to the mails', () => {
  const order = found('order', 'o1', { buyer: 'u1', payment: undefined });
  const mail = found('mail order-paid', 'm1', { order: 'o1' });
  expect(formatFound([mail, order, order, found('account', 'u1')])).toEqual([
    'account  u1  open',
    'order    o1  open       buyer u1',
    'mail order-paid  m1  open       order o1',
  ]);
});
