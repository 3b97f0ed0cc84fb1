// Streams of tickets, for everyone.

import { newId } from '@ticketing/common/id';
import { eventually, openStream, startForTest, type OpenedStream } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, orderFor, type Tickets } from '../testing/start.js';

let tickets: Tickets;
const opened: OpenedStream[] = [];
beforeAll(async () => {
  tickets = await startForTest(service);
});
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close();
});
afterAll(() => tickets.stop());

const { aTicket, show } = clientOf(() => tickets);

async function watch(ids: string): Promise<OpenedStream> {
  const stream = await openStream(`${tickets.url}/api/tickets/events?ids=${ids}`);
  opened.push(stream);
  return stream;
}

test('watching tickets shows each as everyone sees it, and then those that change', async () => {
  const [one, other] = [await aTicket(), await aTicket()];
  const stream = await watch([one.id, other.id, one.id, newId()].join());
  await eventually(() => expect(stream.messages).toHaveLength(1));
  expect(stream.messages[0]).toEqual([await show(one.id), await show(other.id)]);
  await tickets.publish(orderFor(other.id).created);
  await eventually(() =>
    expect(stream.messages.slice(1)).toMatchObject([[{ id: other.id, status: 'reserved' }]]),
  );
  expect(stream.messages.at(-1)).toEqual([await show(other.id)]);
});

test.each([
  ['no ids', ''],
  ['a malformed id', 'x'],
  ['an empty id', `${newId()},`],
  ['51 ids', Array.from({ length: 51 }, () => newId()).join()],
])('%s are refused with a message about ids', async (_what, ids) => {
  const stream = await watch(ids);
  expect(stream.status).toBe(400);
  await eventually(() => expect(stream.text()).toContain('The ids must be 1 to 50 ids of tickets'));
});
