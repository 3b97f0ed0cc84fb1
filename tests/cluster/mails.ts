// The mails in the inbox of the cluster's mail catcher.

import { strict as assert } from 'node:assert';
import { eventuallyEquals, newUser, reserve, row3, type Ingress } from './journeys.js';
import { forward } from './kubectl.js';

type Mail = Readonly<{ to: readonly { address: string }[]; subject: string; text?: string }>;

/** Checks that the buyer gets one mail about an order, with the title of its ticket. */
export async function orderIsMailed(ingress: Ingress): Promise<string> {
  const [seller, buyer] = [await newUser(ingress), await newUser(ingress)];
  await reserve(seller, buyer);
  const inbox = await forward('pod/mail-0', 1080);
  try {
    const aboutTheOrder = async () => {
      const answer = await fetch(`http://127.0.0.1:${inbox.port}/api/email`);
      assert.equal(answer.status, 200);
      return ((await answer.json()) as Mail[]).filter(
        ({ to, text }) => to.some(({ address }) => address === buyer.email) && text?.includes(row3.title),
      );
    };
    await eventuallyEquals(1, async () => (await aboutTheOrder()).length);
    const [mail] = await aboutTheOrder();
    return `"${mail?.subject}"`;
  } finally {
    inbox.stop();
  }
}
