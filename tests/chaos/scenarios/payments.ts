// Orders are paid while the card network fails in every way it can, payments is killed, and buyers cancel. Banks ask for
// approval; sellers, the dashboard and disputes take money back.

import { setTimeout as delay } from 'node:timers/promises';
import { failPoints } from '@ticketing/common/fail-points';
import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { waitUntilSettled } from '../snapshot.js';
import { startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import type { Env } from '../system/environment.js';
import { openBank, type Bank } from '../workload/bank.js';
import { isSuccess, openClientOf, type RecordingClient } from '../workload/recording-client.js';
import { offerMany } from './rush.js';

type Say = (line: string) => void;

const modes = ['ok', 'down', 'errors', 'rate-limited', 'blackhole'] as const;
const calls = [
  'create',
  'confirm',
  'cancel',
  'retrieve',
  'refund',
  'list-refunds',
  'list-disputes',
  'payment-method',
  undefined,
] as const;
const cards = [
  'tok_visa',
  'tok_visa',
  'tok_visa',
  'tok_lostAnswer',
  'tok_500AfterSuccess',
  'tok_slow',
  'tok_chargeDeclined',
  'tok_threeDSecure2Required',
  'tok_threeDSecure2Required',
  'tok_pendingRefund',
] as const;
const challengeAnswers = [
  ['approve'],
  ['approve'],
  ['approve', 'approve'],
  ['refuse'],
  ['refuse', 'approve'],
  [],
] as const;
const settleWithinMs = 60_000;
const placesEach = 2;

export async function paymentFailures(
  orders: number,
  random: Random,
  say: Say,
  env: Env = {},
): Promise<boolean> {
  let armed = true;
  const failPoint = () => ({ FAIL_POINT: `${random.pick(failPoints)}:${1 + random.below(60)}` });
  const system = await startChaosSystem({
    env: { RESERVATION_SECONDS: '60', ...env },
    startEnv: (service) => (armed && service === 'payments' ? failPoint() : {}),
    restartAfterMs: () => random.below(500),
    say,
  });
  const client = openClientOf(system);
  try {
    const seller = client.newUser();
    const ids = await offerMany(system, client, orders, seller, placesEach);
    const people = { client, random, seller, bank: openBank(system.cardsUrl) };
    const stop = new AbortController();
    const injecting = injectFaults(system, random, stop.signal);
    await rate(orders, 24, (index) => buy(people, ids[index] ?? ''));
    // The last orders stay open for a while, so that the faults hit their payments too.
    await delay(5_000);
    stop.abort();
    armed = false;
    const faults = await injecting;
    await system.services.payments.kill();
    say(`${orders} orders; ${faults} faults of the card network, ${system.exits.length} exits of payments`);
    const seconds = await waitUntilSettled(system, settleWithinMs, ['unsettled']);
    say(
      seconds === undefined
        ? 'FAILED to settle the payments within 60 s after the last fault'
        : `payments settled ${seconds.toFixed(1)} s after the last fault`,
    );
    const { kept } = await verifyPromises(system, client.history, say, {
      withinMs: 180_000,
      expectedAlarm: /dispute/,
    });
    return kept && seconds !== undefined;
  } finally {
    await client.close();
    await system.stop();
  }
}

type People = Readonly<{ client: RecordingClient; random: Random; seller: string; bank: Bank }>;

async function buy(people: People, ticket: string): Promise<void> {
  const { client, random } = people;
  const user = client.newUser();
  const order = await client.order(user, random.chance(0.5) ? ticket : both(ticket));
  if (!isSuccess(order) || !order.id)
    throw new Error(`an order was answered ${order.status} ${order.code ?? order.error}`);
  const { id } = order;
  const actions = Array.from({ length: 1 + random.below(3) }, async () => {
    await delay(random.below(1_000));
    for (let tries = 0; tries < 3; tries += 1) {
      const paid = await client.pay(user, id, random.pick(cards));
      if (typeof paid.body?.['clientSecret'] === 'string')
        await answerChallenge(people, user, id, paid.body['clientSecret']);
      else if (isSuccess(paid) && paid.status !== 202) return;
      await delay(random.below(1_000));
    }
  });
  if (random.chance(0.25)) actions.push(delay(random.below(4_000)).then(() => void client.cancel(user, id)));
  await Promise.all(actions);
  await takeMoneyBack(people, id, ticket);
}

const both = (ticketId: string) => [{ ticketId, quantity: placesEach }];

/** The buyer approves or refuses, twice, late or never, and then looks at the payment. */
async function answerChallenge(
  { client, random, bank }: People,
  user: string,
  orderId: string,
  clientSecret: string,
): Promise<void> {
  for (const answer of random.pick(challengeAnswers)) {
    await delay(random.below(1_500));
    await bank.answer(clientSecret, answer);
  }
  if (random.chance(0.5)) await client.showPayment(user, orderId);
}

/** Some purchases are refunded, whole, in part or by place, by the seller or at the dashboard, or are disputed. */
async function takeMoneyBack(
  { client, random, seller, bank }: People,
  orderId: string,
  ticketId: string,
): Promise<void> {
  switch (random.below(10)) {
    case 0:
      await Promise.all([client.refund(seller, orderId), client.refund(seller, orderId)]);
      break;
    case 1:
      await Promise.all([1, 2, 3].map(() => client.refund(seller, orderId, { amount: '7.00' })));
      break;
    case 2:
      await Promise.all([bank.refund(orderId, 500), client.refund(seller, orderId, { amount: '5.00' })]);
      break;
    case 3:
      await Promise.all([bank.refund(orderId), client.refund(seller, orderId)]);
      break;
    case 4:
      await Promise.all(
        [0, 1, 0].map((place) => client.refund(seller, orderId, { places: [{ ticketId, place }] })),
      );
      break;
    case 5:
      return dispute(bank, random, orderId);
  }
}

async function dispute(bank: Bank, random: Random, orderId: string): Promise<void> {
  const close = await bank.dispute(orderId);
  const outcome = random.pick(['won', 'lost'] as const);
  await delay(random.below(1_000));
  while (close && !(await close(outcome))) await delay(200);
}

/** Injects one fault after the other, each for one or two seconds, and sometimes kills the network. Returns how many. */
async function injectFaults(system: ChaosSystem, random: Random, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count += 1) {
    const mode = random.pick(modes);
    const when = mode !== 'rate-limited' && random.chance(0.4) ? 'after' : 'before';
    const match = random.pick(calls);
    const latencyMs = random.chance(0.2) ? 2_000 : 0;
    await setFault(system, { mode, when, match, latencyMs });
    await delay(500 + random.below(1_500));
    await setFault(system, { mode: 'ok' });
    if (random.chance(0.05)) await system.cards.kill(() => delay(random.below(1_000)));
  }
  return count;
}

async function setFault(system: ChaosSystem, fault: object): Promise<void> {
  const answer = await fetch(`${system.cardsUrl}/control`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.env['STRIPE_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(`card network: ${answer.status} ${await answer.text()}`);
}
