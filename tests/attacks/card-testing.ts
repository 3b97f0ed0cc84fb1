// Tries many stolen cards at once, each on an order of its own. Only the free declines reach the card network, and another
// buyer at the same address is not affected.

import type { Attack } from './attack.js';
import { payOrder, placeKnownOrder } from './people.js';

/** DECLINES_PER_ACCOUNT of the system under attack, which is the default. */
const freeDeclines = 10;

export const cardTesting: Attack = {
  about: 'many declined cards of one account at once',
  async run(world, { check, note }, long) {
    const count = long ? 500 : 60;
    const [tester, seller, buyer] = [await world.signUp(), await world.signUp(), await world.signUp()];
    const orders = await Promise.all(
      Array.from({ length: count }, () => placeKnownOrder(world, tester, seller)),
    );

    const replies = await Promise.all(
      orders.map((orderId) => {
        const body = { orderId, token: 'tok_chargeDeclined' };
        return world.ask({
          method: 'POST',
          path: '/api/payments',
          headers: { Cookie: tester.cookie },
          body,
        });
      }),
    );

    const declined = replies.filter(({ status }) => status === 402).length;
    check(declined > 0 && declined <= freeDeclines, `${declined} of ${count} cards were tried`);
    for (const { status, headers, text } of replies.filter((reply) => reply.status !== 402)) {
      const isDelayed = status === 429 && text.includes('too-many-declines');
      check(isDelayed, `a further card: ${status} ${text}`);
      check(Number(headers['retry-after']) >= 1, `a further card: Retry-After ${headers['retry-after']}`);
    }
    await payOrder(world, buyer, seller).catch((error: unknown) =>
      check(false, `another buyer: ${String(error)}`),
    );
    note(`${declined} of ${count} cards reached the card network`);
  },
};
