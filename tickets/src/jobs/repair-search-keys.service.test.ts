import { orThrow } from '@ticketing/common/decision';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { startForTest, type TestService } from '@ticketing/common/testing';
import type { TicketsContext } from '../store.js';
import { keysOf } from '../domain/search.js';
import { list } from '../domain/ticket.js';
import { service as ticketsService } from '../service.js';

let service: TestService<TicketsContext>;
let tickets: TicketsContext['tickets'];
beforeAll(async () => {
  service = await startForTest({ ...ticketsService, jobs: () => [] });
  ({ tickets } = service.ctx);
});
afterAll(() => service.stop());

async function aTicket() {
  const offer = {
    id: newId(),
    userId: newId(),
    title: 'Row 3',
    priceInMinorUnits: 500,
    currency: 'usd',
  } as const;
  return orThrow(await tickets.create(() => list({ ...offer, event: undefined }), jobCause('test')));
}

test('search keys that are missing or outdated are repaired, and others stay', async () => {
  const [missing, outdated, right] = [await aTicket(), await aTicket(), await aTicket()];
  await tickets.model.updateOne({ _id: missing.id }, { $unset: { keys: '' } } as never);
  await tickets.model.updateOne({ _id: outdated.id }, { $set: { keys: { tags: ['row'] } } } as never);

  const { signal } = new AbortController();
  expect(await tickets.repairSearchKeys(AbortSignal.abort())).toBe(0);
  expect(await tickets.repairSearchKeys(signal)).toBe(2);
  for (const ticket of [missing, outdated, right]) {
    const stored = await tickets.model.findById(ticket.id).lean<{ keys: object }>();
    expect(stored?.keys).toEqual(keysOf(ticket));
  }
  expect(await tickets.repairSearchKeys(signal)).toBe(0);
});
