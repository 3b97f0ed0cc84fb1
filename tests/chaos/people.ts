// What people do while things break: sellers offer, buyers order the same few tickets and then pay, pay twice, are
// declined, cancel, cancel and pay at once, or walk away. Who gets no clear answer asks again.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDone, isOpen, type Client, type Op } from './history.js';
import type { Random } from './random.js';

type Options = Readonly<{
  client: Client;
  random: Random;
  /** how many act at once */
  crowd: number;
  /** between two visits of one of them, up to twice this */
  thinkMs: number;
  /** tickets on sale at any time */
  onSale: number;
}>;

export type Crowd = Readonly<{
  /** No new visits; resolves when those under way have ended. */
  leave(): Promise<void>;
  visits(): number;
}>;

const fates = [
  'pay',
  'pay',
  'pay',
  'pay',
  'pay twice',
  'decline',
  'hard card',
  'cancel',
  'cancel and pay',
  'walk away',
] as const;
const hardCards = ['tok_lostAnswer', 'tok_500AfterSuccess', 'tok_slow'] as const;
const triesAtLeast = 30;

export function gather({ client, random, crowd, thinkMs, onSale }: Options): Crowd {
  const tickets: string[] = [];
  const seller = client.newUser();
  let leaving = false;
  let visits = 0;
  let offered = 0;

  // Until there is a clear answer. A repeated POST is harmless by contract.
  async function insist(act: () => Promise<Op>, enough = (op: Op) => !isOpen(op)): Promise<Op> {
    let op = await act();
    for (let tries = 1; tries < triesAtLeast && !enough(op); tries += 1) {
      await delay(100 + random.below(400));
      op = await act();
    }
    return op;
  }

  async function stock(): Promise<void> {
    while (tickets.length < onSale && !leaving) {
      offered += 1;
      const title = `Seat ${offered}`;
      const price = `${5 + random.below(95)}.${10 + random.below(90)}`;
      const key = randomUUID();
      // While the first is being answered the second is told so.
      const isAnswered = (op: Op) => !isOpen(op) && op.code !== 'request-in-flight';
      const op = await insist(() => client.offer(seller, title, price, key), isAnswered);
      if (isDone(op) && op.id) tickets.push(op.id);
    }
  }

  async function visit(): Promise<void> {
    if (tickets.length === 0) return;
    const user = client.newUser();
    const ticket = random.pick(tickets);
    const fate = random.pick(fates);
    const order = await insist(() => client.order(user, ticket));
    if (order.code === 'ticket-sold') {
      const at = tickets.indexOf(ticket);
      if (at >= 0) tickets.splice(at, 1);
      await stock();
    }
    if (!isDone(order) || !order.id) return;
    await decide(fate, user, order.id);
  }

  async function decide(fate: (typeof fates)[number], user: string, id: string): Promise<void> {
    // payments may not have heard of the order yet.
    const pay = (token: string) =>
      insist(
        () => client.pay(user, id, token),
        (op) => !isOpen(op) && op.status !== 404,
      );
    const cancel = () => insist(() => client.cancel(user, id));
    switch (fate) {
      case 'pay':
        return void (await pay('tok_visa'));
      case 'pay twice':
        return void (await Promise.all([pay('tok_visa'), pay('tok_mastercard'), pay('tok_visa')]));
      case 'decline':
        await pay('tok_chargeDeclined');
        return void (await pay('tok_visa'));
      case 'hard card':
        return void (await client.pay(user, id, random.pick(hardCards)));
      case 'cancel':
        await delay(random.below(500));
        return void (await cancel());
      case 'cancel and pay':
        return void (await Promise.all([pay('tok_visa'), delay(random.below(300)).then(cancel)]));
      case 'walk away':
        return undefined;
    }
  }

  async function person(): Promise<void> {
    while (!leaving) {
      visits += 1;
      await visit();
      await delay(random.below(2 * thinkMs));
    }
  }

  const everyone = stock().then(() => Promise.all(Array.from({ length: crowd }, person)));
  return {
    async leave() {
      leaving = true;
      await everyone;
    },
    visits: () => visits,
  };
}
