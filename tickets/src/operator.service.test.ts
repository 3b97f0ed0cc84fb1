import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest } from '@ticketing/common/testing';
import { service } from './service.js';
import { clientOf, orderFor, type Tickets } from './testing/start.js';

let tickets: Tickets;
beforeAll(async () => {
  tickets = await startForTest(service);
});
afterAll(() => tickets.stop());

const { aTicket } = clientOf(() => tickets);

test('tickets are found by id and by seller, newest first and at most twenty', async () => {
  const found = async (text: string) =>
    (await tickets.operate('find', text)).lines.map((line) => JSON.parse(line));
  const user = aUser();
  const ids: string[] = [];
  for (let count = 0; count < 21; count += 1) ids.push((await aTicket(undefined, user)).id);
  expect((await found(user.id)).map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 20));

  const [sold = ''] = ids;
  const order = orderFor(sold);
  await tickets.publish(order.created);
  await eventually(async () =>
    expect(await found(sold)).toEqual([
      { what: 'ticket', id: sold, status: 'reserved', related: { seller: user.id, order: order.id } },
    ]),
  );
  expect(await found(newId())).toEqual([]);
});
