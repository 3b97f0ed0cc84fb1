// Sends forged and repeated webhooks. Afterwards the card network's ledger and the buyer's payments must be unchanged.

import { eventually } from '@ticketing/common/testing';
import type { Attack } from './attack.js';
import { forgeries, harmless, repeatedSuccess, type Sold } from './forged-webhooks.js';
import { placeOrder, payOrder } from './people.js';
import { codeOf, stripeSignature, type Actor, type World } from './world.js';

const path = '/api/payments/webhook';

export const webhooks: Attack = {
  about: 'forged, stale and repeated webhooks',
  async run(world, { check, note }, long) {
    const [seller, buyer] = [await world.signUp(), await world.signUp()];
    const open = await placeOrder(world, buyer, seller);
    const paid = await sold(world, await payOrder(world, buyer, seller));
    const before = await money(world, buyer, [open, paid.orderId]);

    for (const { what, body, signature, code } of forgeries(world.webhookSecret, open)) {
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
    check((await money(world, buyer, [open, paid.orderId])) === before, 'a forged webhook moved money');

    const times = await sendHarmless(world, open, paid, check, long ? 5_000 : 300);
    const unmoved = await eventually(async () => {
      if ((await money(world, buyer, [open, paid.orderId])) !== before) throw new Error('Money has moved.');
      return true;
    }).catch(() => false);
    check(unmoved, 'a signed webhook about another charge moved money');
    note(`one success delivered ${times} times`);
  },
};

/** Each is acknowledged, so that Stripe does not retry it for days. */
async function sendHarmless(
  world: World,
  open: string,
  paid: Sold,
  check: (isSo: boolean, what: string) => void,
  repeats: number,
): Promise<number> {
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
  for (const [what, body] of harmless(open, paid)) {
    const reply = await send(body);
    check(reply.status === 200 || reply.status === 400, `a signed webhook ${what}: ${reply.status}`);
  }
  const same = repeatedSuccess(paid);
  for (let sent = 0; sent < repeats; sent += 20) {
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(same)));
    check(
      replies.every(({ status }) => status === 200),
      'a repeated success is refused',
    );
  }
  return repeats;
}

async function sold(world: World, orderId: string): Promise<Sold> {
  const [intent] = await ledger(world, orderId);
  if (!intent) throw new Error('The ledger has no charge of a paid order.');
  return { orderId, intentId: intent.id, amount: intent.charged };
}

type Intent = Readonly<{ id: string; charged: number; refunded: number; status: string }>;

async function ledger(world: World, orderId: string): Promise<Intent[]> {
  const answer = await fetch(`${world.system.url('cards')}/ledger?orderId=${orderId}`);
  return ((await answer.json()) as { paymentIntents: Intent[] }).paymentIntents;
}

/** The ledger and the shown payments of some orders, as one text. */
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
