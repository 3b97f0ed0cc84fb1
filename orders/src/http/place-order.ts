import { getOrLate } from '@ticketing/common/documents';
import { InvalidInput } from '@ticketing/common/errors';
import { created, etagOf, handle, ok, required, requireSameVersion } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { maxPlacesPerOrder } from '../domain/items.js';
import type { Cart } from '../place-search.js';
import { reserve } from '../reserve.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const quantity = z
  .int()
  .min(1)
  .max(maxPlacesPerOrder)
  .optional()
  .meta({ description: `The number of places; 1 if absent. An order has at most ${maxPlacesPerOrder}.` });
const version = z
  .int()
  .min(0)
  .optional()
  .meta({ description: 'The version of the ticket that the buyer has seen; another offer is refused.' });
const Item = z.strictObject({ ticketId: Id, quantity, version });

const Body = z.strictObject({
  ticketId: Id.optional().meta({ description: 'The ticket, unless `items` names one or several.' }),
  quantity,
  version,
  items: z
    .array(Item)
    .min(1)
    .max(maxPlacesPerOrder)
    .optional()
    .meta({ description: 'Places of several tickets of one seller, instead of the other fields.' }),
});
type Item = z.infer<typeof Item>;

// POST /api/orders: reserves places for their buyer until the window closes. Free ones are bought at once.
export function placeOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'placeOrder',
      summary: 'Reserves places for their buyer until the window closes. Free ones are bought at once.',
      user: required,
      body: Body,
      headers: ['If-Match'],
      answers: { 201: OrderView, 200: OrderView },
      versioned: true,
      idempotent: true,
      refusals: [
        'not-found',
        'own-ticket',
        'several-currencies',
        'several-sellers',
        'ticket-changed',
        'ticket-cool-down',
        'ticket-reserved',
        'ticket-sold',
        'ticket-version-unknown',
        'ticket-withdrawn',
        'too-many-holds',
        'too-many-holds-at-network',
        'total-too-high',
      ],
    },
    async ({ body, user, address, ifMatch, cause, orThrow }) => {
      const items = itemsIn(body, ifMatch);
      const cart = await Promise.all(items.map((item) => loadItem(ctx, item)));
      const id = cause.request?.effectId ?? ctx.newId();

      const request = { id, userId: user.id, address, cart: cart as unknown as Cart };
      const decision = await reserve(ctx, request, cause);

      const order = orThrow(decision);
      const answer = decision.outcome === 'already' ? ok : created;
      return answer(viewOrder(order), etagOf(order));
    },
  );
}

type RequestedItem = Readonly<{
  ticketId: string;
  quantity: number;
  accepted?: readonly number[] | undefined;
}>;

async function loadItem(ctx: OrdersContext, { ticketId, quantity, accepted }: RequestedItem) {
  return { ticket: await getOrLate(ctx.tickets, ticketId, ctx, accepted?.[0]), quantity, accepted };
}

const invalid = (field: string, message: string) => new InvalidInput([{ field, message }]);

/**
 * The items of a request, each ticket once.
 * @throws InvalidInput
 */
export function itemsIn(
  body: z.infer<typeof Body>,
  ifMatch: readonly number[] | undefined,
): readonly RequestedItem[] {
  const { ticketId, quantity: single, items, ...seen } = body;
  if (items === undefined) {
    if (ticketId === undefined) throw invalid('ticketId', 'The ticket id is missing: send it, or items.');
    requireSameVersion(seen.version, ifMatch);
    const accepted = seen.version === undefined ? ifMatch : [seen.version];
    return [{ ticketId, quantity: single ?? 1, accepted }];
  }
  for (const field of ['ticketId', 'quantity', 'version'] as const)
    if (body[field] !== undefined) throw invalid(field, `Send the ${field} within items, or omit items.`);
  if (ifMatch) throw invalid('If-Match', 'The header If-Match is for one ticket: send the version in items.');
  return addUp(items);
}

function addUp(items: readonly Item[]): readonly RequestedItem[] {
  const byTicket = new Map<string, RequestedItem>();
  for (const { ticketId, quantity: places = 1, version: seen } of items) {
    const before = byTicket.get(ticketId);
    const accepted = seen === undefined ? before?.accepted : [seen];
    if (before?.accepted && accepted?.[0] !== before.accepted[0])
      throw invalid('items', 'The items must not name two versions of one ticket.');
    byTicket.set(ticketId, { ticketId, quantity: (before?.quantity ?? 0) + places, accepted });
  }
  const requested = [...byTicket.values()];
  if (requested.reduce((sum, item) => sum + item.quantity, 0) > maxPlacesPerOrder)
    throw invalid('items', `The items must have at most ${maxPlacesPerOrder} places in all.`);
  return requested;
}
