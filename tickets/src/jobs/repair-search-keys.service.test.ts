import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import type { TicketsContext } from '../store.js';
import { keysFormat, keysOf } from '../domain/search.js';
import { service as ticketsService } from '../service.js';
import { storeTicket } from '../testing/start.js';

let service: TestService<TicketsContext>;
let tickets: TicketsContext['tickets'];
beforeAll(async () => {
  service = await startForTest({ ...ticketsService, jobs: () => [] });
  ({ tickets } = service.ctx);
});
afterAll(() => service.stop());

const aTicket = () => storeTicket(service.ctx);

test('search keys that an earlier release has stored are recomputed, and others stay', async () => {
  const [missing, earlier, right, later] = [
    await aTicket(),
    await aTicket(),
    await aTicket(),
    await aTicket(),
  ];
  const store = (id: string, change: object) => tickets.model.updateOne({ _id: id }, change as never);
  await store(missing.id, { $unset: { keys: '' } });
  await store(earlier.id, { $set: { keys: { tags: ['row'] } } });
  const laterKeys = { tags: ['row'], format: keysFormat + 1 };
  await store(later.id, { $set: { keys: laterKeys } });

  const { signal } = new AbortController();
  expect(await tickets.repairSearchKeys(AbortSignal.abort())).toBe(0);
  expect(await tickets.repairSearchKeys(signal)).toBe(2);
  const keys = async (id: string) => (await tickets.model.findById(id).lean<{ keys: object }>())?.keys;
  for (const ticket of [missing, earlier, right]) expect(await keys(ticket.id)).toEqual(keysOf(ticket));
  expect(await keys(later.id)).toEqual(laterKeys);
  expect(await tickets.repairSearchKeys(signal)).toBe(0);
});

test('a ticket that a process of an earlier release stores is found soon', async () => {
  const beside = await startForTest(ticketsService, service.env);
  try {
    const ticket = await aTicket();
    await tickets.model.updateOne({ _id: ticket.id }, { $unset: { keys: '' } } as never);
    await eventually(async () => {
      const { body } = await beside.request.get(`/api/tickets?seller=${ticket.userId}&q=row`).expect(200);
      expect(body).toMatchObject([{ id: ticket.id }]);
    });
  } finally {
    await beside.stop();
  }
});
