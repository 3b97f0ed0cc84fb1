import { anyone, handle, stream } from '@ticketing/common/http';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { TicketView } from './ticket-view.js';

const Query = z.strictObject({
  ids: z
    .string()
    .regex(/^[0-9a-f]{24}(,[0-9a-f]{24}){0,49}$/, 'must be 1 to 50 ids of tickets with commas between them')
    .meta({ description: 'The ids of 1 to 50 tickets, with commas between them.' }),
});

// GET /api/tickets/events?ids=…: the tickets, and then each that changes. An unknown one follows when it exists.
export function watchTickets(ctx: TicketsContext) {
  return handle(
    {
      name: 'watchTickets',
      summary: 'Shows up to 50 tickets, and then each of them that changes.',
      user: anyone,
      query: Query,
      headers: ['Last-Event-ID'],
      answers: { 200: z.array(TicketView) },
      streams: 'several',
    },
    async ({ query: { ids } }) => stream(ctx.live.several([...new Set(ids.split(','))])),
  );
}
