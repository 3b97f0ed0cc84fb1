// Who says to be Stripe. Money is judged afterwards by the card network's own ledger and by what the buyer is shown.

import { randomBytes } from 'node:crypto';
import { newId } from '@ticketing/common';
import { eventually } from '@ticketing/common/testing';
import type { Attack } from './attack.js';
import { orders, pays } from './people.js';
import { codeOf, stripeSignature, type Actor, type World } from './world.js';

const path = '/api/payments/webhook';

type Forged = Readonly<{ what: string; body: string; signature?: string | readonly string[]; code: string }>;
type Sold = Readonly<{ orderId: string; intentId: string; amount: number }>;

export const webhooks: Attack = {
  about: 'who says to be Stripe',
  async run(world, { check, note }, long) {
    const [seller, buyer] = [await world.signUp(), await world.signUp()];
    const open = await orders(world, buyer, seller);
    const paid = await sold(world, await pays(world, buyer, seller));
    const before = await money(world, buyer, [open, paid.orderId]);

    for (const { what, body, signature, code } of forgeries(world, open)) {
      const headers = {
        'Content-Type': 'application/json',
        ...(signature !== undefined && { 'Stripe-Signature': signature }),
      };
      for (const base of [world.gateway, world.system.url('payments')]) {
        const reply = await world.ask({ method: 'POST', path, headers, body }, base);
        check(
          codeOf(reply) === code,
          `a webhook ${what}: ${reply.status} ${codeOf(reply)} instead of ${code}`,
        );
      }
    }
    check((await money(world, buyer, [open, paid.orderId])) === before, 'a forged webhook has moved money');

    const times = await harmlessOnes(world, open, paid, check, long ? 5_000 : 300);
    await eventually(async () => {
      if ((await money(world, buyer, [open, paid.orderId])) !== before) throw new Error('money has moved');
    }).catch(() => check(false, 'a webhook that is signed but not about this charge has moved money'));
    check(true, 'the ledger is what it was');
    note(`one success told ${times} times`);
  },
};

/** By any means but the secret. All of them say that an open order is paid. */
function forgeries(world: World, orderId: string): Forged[] {
  const now = Math.floor(Date.now() / 1_000);
  const body = success({ id: 'pi_forged', orderId, amount: 1_500 });
  const good = stripeSignature(body, world.webhookSecret);
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
    by(
      'signed with the secret without its prefix',
      stripeSignature(body, world.webhookSecret.replace('whsec_', '')),
    ),
    by('signed six minutes ago', stripeSignature(body, world.webhookSecret, now - 360)),
    by('with the signature of another body', good, `${body} `),
    by('with an older signature under a new time', `t=${now + 1},${digest}`),
    by('signed by scheme v0', good.replace('v1=', 'v0=')),
    by('with the digest in capitals', `${time},v1=${digest.slice(3).toUpperCase()}`),
    by('with half a digest', good.slice(0, -32)),
    by('with a time alone', time),
    by('with a digest alone', digest),
    by('whose time is no number', `t=now,${digest}`),
    by('whose body is empty', stripeSignature('', 'x'), ''),
    by('with a signature of 8 kB', 'v1=' + 'a'.repeat(8_000)),
    {
      what: 'of the other mode',
      body: live,
      signature: stripeSignature(live, world.webhookSecret),
      code: 'invalid-input',
    },
    { what: 'of 2 MB', body: 'x'.repeat(2_000_000), signature: good, code: 'body-too-large' },
  ];
}

/**
 * Signed with the secret, and still to change nothing: what a leaked secret or another use of the same account could
 * send. Every one is taken note of, so that Stripe does not repeat it for days.
 */
async function harmlessOnes(
  world: World,
  open: string,
  paid: Sold,
  check: (isSo: boolean, what: string) => void,
  repeats: number,
): Promise<number> {
  const intent = { id: paid.intentId, orderId: paid.orderId, amount: paid.amount };
  const bodies: [what: string, body: string][] = [
    [
      'of an order that is nowhere',
      success({ ...intent, id: `pi_${newId()}`, orderId: newId(), status: 'canceled' }),
    ],
    ['of an order that is no id', success({ ...intent, orderId: 'nonsense' })],
    ['of an order that is an operator', success({ ...intent, orderId: { $ne: null } })],
    ['of no order', success({ ...intent, orderId: undefined })],
    [
      'of an order that is still being paid',
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
    ['in a currency that nothing is sold in', success({ ...intent, orderId: undefined, currency: 'xau' })],
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
  const send = (body: string) =>
    world.ask({
      method: 'POST',
      path,
      headers: {
        'Content-Type': 'application/json',
        'Stripe-Signature': stripeSignature(body, world.webhookSecret),
      },
      body,
    });
  for (const [what, body] of bodies) {
    const reply = await send(body);
    check(reply.status === 200 || reply.status === 400, `a signed webhook ${what}: ${reply.status}`);
  }
  const same = success(intent);
  for (let told = 0; told < repeats; told += 20) {
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(same)));
    check(
      replies.every(({ status }) => status === 200),
      'a success told again is refused',
    );
  }
  return repeats;
}

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

async function sold(world: World, orderId: string): Promise<Sold> {
  const [intent] = await ledger(world, orderId);
  if (!intent) throw new Error('the ledger knows nothing of a paid order');
  return { orderId, intentId: intent.id, amount: intent.charged };
}

type Intent = Readonly<{ id: string; charged: number; refunded: number; status: string }>;

async function ledger(world: World, orderId: string): Promise<Intent[]> {
  const answer = await fetch(`${world.system.url('cards')}/ledger?orderId=${orderId}`);
  return ((await answer.json()) as { paymentIntents: Intent[] }).paymentIntents;
}

/** All that is known of the money of some orders, as one text. */
async function money(world: World, buyer: Actor, orderIds: readonly string[]): Promise<string> {
  const known = [];
  for (const orderId of orderIds) {
    const shown = await world.ask({ path: `/api/payments/${orderId}`, headers: { Cookie: buyer.cookie } });
    const intents = (await ledger(world, orderId)).map(({ id, charged, refunded, status }) => [
      id,
      charged,
      refunded,
      status,
    ]);
    known.push([orderId, shown.status, (shown.json as { status?: string }).status, intents]);
  }
  return JSON.stringify(known);
}
