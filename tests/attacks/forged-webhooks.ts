// Forged webhooks, with and without a valid signature. Pure data except for ids.

import { randomBytes } from 'node:crypto';
import { newId } from '@ticketing/common/id';
import { stripeSignature } from './world.js';

export type Forged = Readonly<{
  what: string;
  body: string;
  signature?: string | readonly string[];
  code: string;
}>;
export type Sold = Readonly<{ orderId: string; intentId: string; amount: number }>;

/** Without the secret. Each claims that an open order is paid. */
export function forgeries(secret: string, orderId: string): Forged[] {
  const now = Math.floor(Date.now() / 1_000);
  const body = success({ id: 'pi_forged', orderId, amount: 1_500 });
  const good = stripeSignature(body, secret);
  const [time = '', digest = ''] = good.split(',');
  const by = (what: string, signature: Forged['signature'], text = body): Forged => ({
    what,
    body: text,
    ...(signature !== undefined && { signature }),
    code: 'invalid-signature',
  });
  const live = success({ id: 'pi_forged', orderId, amount: 1_500, livemode: true });
  return [
    by('without a signature', undefined),
    by('with an empty signature', ''),
    by('signed with another secret', stripeSignature(body, `whsec_${randomBytes(32).toString('hex')}`)),
    by('signed with an empty secret', stripeSignature(body, '')),
    by('signed with the secret without its prefix', stripeSignature(body, secret.replace('whsec_', ''))),
    by('signed six minutes ago', stripeSignature(body, secret, now - 360)),
    by('with the signature of another body', good, `${body} `),
    by('with an older signature under a new time', `t=${now + 1},${digest}`),
    by('signed by scheme v0', good.replace('v1=', 'v0=')),
    by('with the digest in capitals', `${time},v1=${digest.slice(3).toUpperCase()}`),
    by('with half a digest', good.slice(0, -32)),
    by('with only a time', time),
    by('with only a digest', digest),
    by('with an invalid time', `t=now,${digest}`),
    by('whose body is empty', stripeSignature('', 'x'), ''),
    by('with a signature of 8 kB', 'v1=' + 'a'.repeat(8_000)),
    {
      what: 'of the other mode',
      body: live,
      signature: stripeSignature(live, secret),
      code: 'invalid-input',
    },
    { what: 'of 2 MB', body: 'x'.repeat(2_000_000), signature: good, code: 'body-too-large' },
  ];
}

/**
 * Validly signed, and still without effect: what a leaked secret or another use of the same account could send. Each is
 * acknowledged, so that Stripe does not retry it for days.
 */
export function harmless(open: string, paid: Sold): [what: string, body: string][] {
  const intent = { id: paid.intentId, orderId: paid.orderId, amount: paid.amount };
  return [
    [
      'of an unknown order',
      success({ ...intent, id: `pi_${newId()}`, orderId: newId(), status: 'canceled' }),
    ],
    ['of a malformed order id', success({ ...intent, orderId: 'nonsense' })],
    ['of an operator as the order id', success({ ...intent, orderId: { $ne: null } })],
    ['without an order', success({ ...intent, orderId: undefined })],
    [
      'of an order whose payment is processing',
      success({ ...intent, id: 'pi_other', orderId: open, status: 'processing' }),
    ],
    ['of an unknown type', JSON.stringify({ ...JSON.parse(success(intent)), type: 'no.such_event' })],
    [
      'of another account',
      JSON.stringify({ ...JSON.parse(success({ ...intent, orderId: 'else' })), account: 'acct_other' }),
    ],
    ['about a customer', event('customer.created', { object: 'customer', id: 'cus_1' })],
    [
      'about a charge',
      event('charge.succeeded', { object: 'charge', id: 'ch_1', amount: 1, metadata: { orderId: open } }),
    ],
    ['in an unused currency', success({ ...intent, orderId: undefined, currency: 'xau' })],
    [
      'without metadata',
      event('payment_intent.succeeded', {
        object: 'payment_intent',
        id: 'pi_1',
        status: 'succeeded',
        amount: 1,
        currency: 'usd',
      }),
    ],
    [
      'without an object',
      JSON.stringify({ id: 'evt_1', object: 'event', type: 'ping', livemode: false, data: {} }),
    ],
    ['without data', JSON.stringify({ id: 'evt_1', object: 'event', type: 'ping', livemode: false })],
  ];
}

/** The success of a paid order's charge: true, but delivered before. */
export const repeatedSuccess = ({ intentId, orderId, amount }: Sold) =>
  success({ id: intentId, orderId, amount });

type Told = Readonly<{
  id: string;
  orderId: unknown;
  amount: number;
  status?: string;
  currency?: string;
  livemode?: boolean;
}>;

function success({
  id,
  orderId,
  amount,
  status = 'succeeded',
  currency = 'usd',
  livemode = false,
}: Told): string {
  const object = { object: 'payment_intent', id, status, amount, currency, metadata: { orderId } };
  return event('payment_intent.succeeded', object, livemode);
}

const event = (type: string, object: object, livemode = false) =>
  JSON.stringify({
    id: `evt_${newId()}`,
    object: 'event',
    api_version: '2026-01-01',
    type,
    livemode,
    data: { object },
  });
