// The back office on the whole system: from the grant of the role to its revocation, in every service.

import { eventually } from '@ticketing/common/testing';
import { done, password, pay, refused, reserve, signUp, type Person } from '../system/person.js';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';
import { runOps } from './command.js';

let system: System;
beforeAll(async () => {
  system = await startCheckedSystem();
});
afterAll(() => system.stop());

const ops = (...args: string[]) => runOps(args, system.env);

async function anOperator(): Promise<Person> {
  const grace = await signUp(system.url('gateway'));
  expect((await ops('grant', grace.email, 'operator')).output).toMatch(/^account \w+ is an operator\n$/);
  await done(grace.signIn({ email: grace.email, password }), 200);
  return grace;
}

const overviews = (person: Person) =>
  [
    () => person.showOverviewOfAuth(),
    () => person.showOverviewOfTickets(),
    () => person.showOverviewOfOrders(),
    () => person.showOverviewOfPayments(),
    () => person.showOverviewOfNotifications(),
  ] as const;

test('an operator sees every service until the role is revoked, and nobody else sees any', async () => {
  const [grace, ada] = [await anOperator(), await signUp(system.url('gateway'))];
  for (const show of overviews(grace))
    // The events of the two sign-ups may still be in flight, and one that is delivered again for as long as the ack wait.
    await eventually(
      async () =>
        expect(await done(show(), 200)).toMatchObject({
          stuck: [],
          deadLetters: { count: 0 },
          lag: { inFlight: 0 },
        }),
      60_000,
    );
  for (const show of overviews(ada)) await refused(show(), 403, 'not-an-operator');

  expect((await ops('revoke', grace.email, 'operator')).code).toBe(0);
  for (const show of overviews(grace)) await eventually(() => refused(show(), 401, 'not-signed-in'));
  await done(grace.signIn({ email: grace.email, password }), 200);
  for (const show of overviews(grace)) await refused(show(), 403, 'not-an-operator');
});

test('from an address an operator comes to the order, gives money back, and releases another order', async () => {
  const [grace, ada, sam] = [
    await anOperator(),
    await signUp(system.url('gateway')),
    await signUp(system.url('gateway')),
  ];
  const { id: ticketId } = await done(sam.createTicket({ title: 'Finale', price: '10', quantity: 2 }), 201);
  const paid = await reserve(ada, { ticketId });
  await pay(ada, paid.id);
  await eventually(async () =>
    expect((await done(ada.showOrder({ orderId: paid.id }), 200)).status).toBe('complete'),
  );
  const unpaid = await reserve(ada, { ticketId, quantity: 1 });
  expect(unpaid.id).not.toBe(paid.id);

  const [account] = await done(grace.findInAuth({ texts: [ada.email] }), 200);
  expect(account).toMatchObject({ what: 'account', id: paid.userId });
  const orders = await done(grace.findInOrders({ texts: [account?.id ?? ''] }), 200);
  expect(orders.map(({ id }) => id)).toEqual([unpaid.id, paid.id]);

  const asked = { orderId: paid.id, amount: '4', reason: 'the seat was broken' };
  expect(await done(grace.refundByOperator(asked), 201)).toMatchObject({ amount: '4.00', by: 'operator' });
  await refused(grace.releaseOrder({ orderId: paid.id }), 409, 'order-complete');
  expect(await done(grace.releaseOrder({ orderId: unpaid.id }), 200)).toMatchObject({ status: 'cancelled' });
  await refused(ada.releaseOrder({ orderId: paid.id }), 403, 'not-an-operator');

  const graceId = (await done(grace.showCurrentUser(), 200)).currentUser?.id;
  const history = await done(grace.showHistoryInPayments({ id: paid.id }), 200);
  expect(history.at(-1)).toMatchObject({ by: `operator:${graceId}`, to: 'partly-refunded' });
});
