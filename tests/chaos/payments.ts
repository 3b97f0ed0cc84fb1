// Orders are paid while the card network fails in every way it can, payments is killed, and buyers change their minds.

import { setTimeout as delay } from 'node:timers/promises';
import { failPoints } from '@ticketing/common/fail-points';
import { rate } from '../bench/client.js';
import { isDone, openClientOf, type Client } from './history.js';
import type { Random } from './random.js';
import { conclude } from './report.js';
import { offerMany } from './rush.js';
import { settled } from './snapshot.js';
import { createWorld, type Env, type World } from './world.js';

type Say = (line: string) => void;

const modes = ['ok', 'down', 'errors', 'rate-limited', 'blackhole'] as const;
const matches = ['create', 'confirm', 'cancel', 'retrieve', 'refund', 'payment-method', undefined] as const;
const cards = [
  'tok_visa',
  'tok_visa',
  'tok_visa',
  'tok_lostAnswer',
  'tok_500AfterSuccess',
  'tok_slow',
  'tok_chargeDeclined',
] as const;
const settleWithinMs = 60_000;

export async function paymentsUnderFire(
  orders: number,
  random: Random,
  say: Say,
  env: Env = {},
): Promise<boolean> {
  let arming = true;
  const world = await createWorld({
    env: { RESERVATION_SECONDS: '60', ...env },
    armed: (service) =>
      arming && service === 'payments'
        ? { FAIL_POINT: `${random.pick(failPoints)}:${1 + random.below(60)}` }
        : {},
    downMs: () => random.below(500),
    say,
  });
  const client = openClientOf(world);
  try {
    const ids = await offerMany(world, client, orders);
    const stop = new AbortController();
    const troubles = trouble(world, random, stop.signal);
    await rate(orders, 24, (index) => buy(client, random, ids[index] ?? ''));
    // The last orders are still open now: what is begun for them must end well whatever becomes of them.
    await delay(5_000);
    stop.abort();
    arming = false;
    const faults = await troubles;
    await world.services.payments.kill();
    say(`${orders} orders; ${faults} faults of the card network, ${world.deaths.length} deaths of payments`);
    const seconds = await settled(world, settleWithinMs, ['unsettled']);
    say(
      seconds === undefined
        ? 'NOT SETTLED 60 s after the network’s return'
        : `payments settled ${seconds.toFixed(1)} s after the network’s return`,
    );
    const { kept } = await conclude(world, client.ops, say, { withinMs: 180_000 });
    return kept && seconds !== undefined;
  } finally {
    await client.close();
    await world.stop();
  }
}

async function buy(client: Client, random: Random, ticket: string): Promise<void> {
  const user = client.newUser();
  const order = await client.order(user, ticket);
  if (!isDone(order) || !order.id) throw new Error(`no order: ${order.status} ${order.code ?? order.lost}`);
  const { id } = order;
  const payments = Array.from({ length: 1 + random.below(3) }, async () => {
    await delay(random.below(1_000));
    for (let tries = 0; tries < 3; tries += 1) {
      const paid = await client.pay(user, id, random.pick(cards));
      if (isDone(paid) && paid.status !== 202) return;
      await delay(random.below(1_000));
    }
  });
  if (random.chance(0.25)) payments.push(delay(random.below(4_000)).then(() => void client.cancel(user, id)));
  await Promise.all(payments);
}

/** One fault after the other, each for a second or two; the network itself is killed now and then. Returns how many. */
async function trouble(world: World, random: Random, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count += 1) {
    const mode = random.pick(modes);
    const when = mode !== 'rate-limited' && random.chance(0.4) ? 'after' : 'before';
    await control(world, {
      mode,
      when,
      match: random.pick(matches),
      latencyMs: random.chance(0.2) ? 2_000 : 0,
    });
    await delay(500 + random.below(1_500));
    await control(world, { mode: 'ok' });
    if (random.chance(0.05)) await world.cards.kill(() => delay(random.below(1_000)));
  }
  return count;
}

async function control(world: World, fault: object): Promise<void> {
  const answer = await fetch(`${world.cardsUrl}/control`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.env['STRIPE_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(`card network: ${answer.status} ${await answer.text()}`);
}
