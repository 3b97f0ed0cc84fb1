// The views of the back office, as the API describes them.

import { z } from 'zod';
import { Id } from '../id.js';
import type { Found } from './find.js';
import type { HistoryEntry } from './history.js';

const Time = z.iso.datetime().meta({ examples: ['2026-06-01T12:00:00.000Z'] });
const said = (...examples: string[]) => z.string().meta({ examples });
const Count = z.int().min(0);

export const FoundView = z
  .object({
    what: said('order').describe('account, person, ticket, order, payment, or a kind of mail.'),
    id: said('665f1c2e0a9b8c7d6e5f4a3b'),
    status: said('complete'),
    related: z
      .record(z.string(), z.string())
      .describe('What belongs to it, by name: the buyer, the ticket, the intent at Stripe.')
      .meta({ examples: [{ buyer: '665f1c2e0a9b8c7d6e5f4a3c' }] }),
  })
  .meta({ id: 'FoundByOperator' });

export function viewFound({ what, id, status, related }: Found): z.infer<typeof FoundView> {
  const known = Object.entries(related).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { what, id, status, related: Object.fromEntries(known) };
}

export const HistoryView = z
  .object({
    about: said('order'),
    id: Id,
    at: Time,
    by: said('user:665f1c2e0a9b8c7d6e5f4a3c').describe(
      'user:<id>, operator:<id or name>, system or anonymous.',
    ),
    why: said('request:0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10').describe(
      'request:<id>, event:<id>, stripe:<webhook event id>, job:<name>/<run> or ops:<command>.',
    ),
    trace: said('4bf92f3577b34da6a3ce929d0e0e4736').optional(),
    from: said('created').optional().describe('The status before; absent for something new.'),
    to: said('complete'),
    version: Count,
    detail: said('ticket 665f1c2e0a9b8c7d6e5f4a3d').optional(),
  })
  .meta({ id: 'HistoryEntry' });

export function viewHistory({
  at,
  from,
  trace,
  detail,
  ...entry
}: HistoryEntry): z.infer<typeof HistoryView> {
  const { about, id, by, why, to, version } = entry;
  return {
    ...{ about, id, at: at.toISOString(), by, why },
    ...(trace !== undefined && { trace }),
    ...(from !== undefined && { from }),
    ...{ to, version },
    ...(detail !== undefined && { detail }),
  };
}

const StuckView = z.object({
  what: said('order 665f1c2e0a9b8c7d6e5f4a3b'),
  problem: said('open, although its time is over'),
  since: Time,
  action: said('Look at the bus and at the log of orders.'),
});

const DeadLetterView = z
  .object({
    id: Id,
    type: said('ticket:updated'),
    error: said('NotFound: ticket not found').describe('The first line of the error.'),
    tries: Count,
    diedAt: Time,
  })
  .describe('A message that could not be handled, without its content.');

const LagView = z
  .object({
    waiting: Count.optional().describe('Not delivered yet. Absent if the bus does not tell.'),
    inFlight: Count.describe('Delivered, and neither acknowledged nor given up.'),
    limit: Count.describe('Most messages in flight; beyond it, the bus delivers none.'),
  })
  .describe('Of the messages on the bus for this service. Absent while it is not connected.');

export const OverviewView = z
  .object({
    service: said('orders'),
    stuck: z.array(StuckView).describe('At most 100.'),
    deadLetters: z.object({ count: Count, oldest: z.array(DeadLetterView).describe('At most 50.') }),
    lag: LagView.optional(),
    parked: z
      .object({
        count: Count,
        oldestSeconds: z
          .number()
          .min(0)
          .meta({ examples: [0] }),
      })
      .describe('Messages that have failed and wait for their next try.'),
    unpublished: Count.describe('Events that the bus has not confirmed; counts at most 10,000 documents.'),
  })
  .meta({ id: 'ServiceOverview' });
export type Overview = z.infer<typeof OverviewView>;
