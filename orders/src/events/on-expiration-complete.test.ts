import { already } from '@ticketing/common/decision';
import { expireOrder } from './on-expiration-complete.js';

type Case = Readonly<{ storesForMs?: number | undefined; status?: string; isPaymentStored?: boolean }>;

test.each<[what: string, given: Case, outcome: string]>([
  ['while the bus is away', { storesForMs: undefined }, 'refused: bus-not-settled'],
  ['soon after an outage of the bus', { storesForMs: 4_999 }, 'refused: bus-not-settled'],
  ['of an unpaid order', {}, 'already'],
  ['while a payment waits for its handler', { isPaymentStored: true }, 'refused: payment-on-its-way'],
  ['of a paid order', { isPaymentStored: true, status: 'complete' }, 'already'],
])('expiration:complete %s', async (_what, given, outcome) => {
  const { storesForMs, status, isPaymentStored } = {
    ...{ storesForMs: 5_000, status: 'created', isPaymentStored: false },
    ...given,
  };
  const handle = expireOrder({
    bus: { storesForMs: () => storesForMs, hasStored: async () => isPaymentStored },
    config: { BUS_SETTLING_MS: 5_000 },
    orders: { get: async (id: string) => ({ id, status }), change: async () => already({}) },
  } as never);
  const decision = await handle({ data: { orderId: 'a' } } as never);
  const code = decision.outcome === 'refused' ? `: ${decision.code}` : '';
  expect(`${decision.outcome}${code}`).toBe(outcome);
});
