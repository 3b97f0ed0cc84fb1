import { orThrow, type Decision } from '@ticketing/common/decision';
import { delaySeconds } from '@ticketing/common/failure-rule';
import { accountRule, isCardDeclined, networkRule, retryAfterDecline, tooManyAttempts } from './declines.js';
import { recordDecline } from './outcome.js';
import { pay } from './payment.js';
import type { DeclineCode, Payment, Pending } from './payment-state.js';

const declinedAt = new Date('2026-11-23T12:00:00Z');
const after = (ms: number) => new Date(declinedAt.getTime() + ms);

test.each([
  [1, 0],
  [3, 0],
  [4, 1],
  [5, 2],
  [6, 4],
  [9, 32],
  [10, 60],
  [15, 60],
])('after %i declines the buyer waits %i s', (declines, seconds) => {
  expect(retryAfterDecline({ declines, declinedAt }, declinedAt)).toBe(seconds);
  expect(retryAfterDecline({ declines, declinedAt }, after(seconds * 1_000))).toBe(0);
});

test('payments of earlier releases, which did not count declines, may be tried at once', () => {
  expect(retryAfterDecline({}, declinedAt)).toBe(0);
});

test('an order takes a limited number of attempts, each after the delay of its declines', () => {
  const expiresAt = after(3_600_000);
  const amount = { amountInMinorUnits: 500, currency: 'usd' } as const;
  let payment: Payment = { id: '1', userId: 'u', ...amount, expiresAt, version: 0, status: 'none' };
  const attempt = (at: Date): Decision<Payment, string> =>
    pay(payment, { userId: 'u', token: 'tok_visa', marginMs: 0 }, at);

  let now = declinedAt;
  for (let made = 1; made <= tooManyAttempts; made += 1) {
    const isTooEarly = made > 4;
    expect(attempt(now)).toMatchObject(
      isTooEarly
        ? { code: 'too-many-declines', retryAfterSeconds: expect.any(Number) }
        : { outcome: 'accepted' },
    );
    now = new Date(now.getTime() + 60_000);
    const pending = orThrow(attempt(now)) as Pending;
    payment = orThrow(recordDecline(pending, { attempt: made, code: 'card-declined' }, now));
  }
  now = new Date(now.getTime() + 60_000);
  expect(attempt(now)).toEqual({ outcome: 'refused', code: 'payment-attempts-exhausted' });
});

describe('after declined cards of an account or at a network, the delay of the next attempt', () => {
  const table: [what: string, declines: number, rule: typeof accountRule, seconds: number][] = [
    ['is zero while declines are free', 9, accountRule, 0],
    ['is one second after the last free decline', 10, accountRule, 1],
    ['doubles with each further decline', 14, accountRule, 16],
    ['grows to 15 minutes', 20, accountRule, 900],
    ['never exceeds 15 minutes', 10_000, accountRule, 900],
    ['is one second when as many accounts had a decline at one network', 10, networkRule, 1],
    ['stays at 4 seconds for a network, because many people may share it', 1_000, networkRule, 4],
  ];
  test.each(table)('%s', (_what, declines, rule, seconds) => {
    expect(delaySeconds(declines, rule(10))).toBe(seconds);
  });
});

const isFaultOfCard: Record<DeclineCode, boolean> = {
  'card-declined': true,
  'card-needs-authentication': true,
  'authentication-failed': true,
  'invalid-token': true,
  'payment-cancelled': false,
  'amount-refused': false,
};
test.each(Object.entries(isFaultOfCard))('%s is a declined card: %s', (declineCode, expected) => {
  expect(isCardDeclined({ status: 'declined', declineCode } as Payment)).toBe(expected);
});
