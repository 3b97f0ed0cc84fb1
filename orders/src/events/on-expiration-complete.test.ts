import { already } from '@ticketing/common/decision';
import { expireOrder } from './on-expiration-complete.js';

test.each<[storesForMs: number | undefined, outcome: string]>([
  [undefined, 'refused: bus-not-settled'],
  [4_999, 'refused: bus-not-settled'],
  [5_000, 'already'],
])('expiration:complete while the bus has stored messages for %s ms is %s', async (storesForMs, outcome) => {
  const handle = expireOrder({
    bus: { storesForMs: () => storesForMs },
    config: { BUS_SETTLING_MS: 5_000 },
    orders: { change: async () => already({}) },
  } as never);
  const decision = await handle({ data: { orderId: 'a' } } as never);
  const code = decision.outcome === 'refused' ? `: ${decision.code}` : '';
  expect(`${decision.outcome}${code}`).toBe(outcome);
});
