// Saves an offer over the one that the seller has seen.

import type { InputOf } from '@ticketing/client';
import { useMutation } from '@tanstack/react-query';
import type { Ticket } from '../browse/ticket-card.js';
import { api, dataOf, problemOf } from '../shared/api.js';
import { queryClient, ticketQuery } from '../shared/queries.js';
import { differences, merge, offerOf, type Offer } from './offer.js';

/** `seen`: the ticket that the seller had when they began to edit it. */
export type Edit = Readonly<{ seen: Ticket; mine: Offer }>;
export type Saved =
  | Readonly<{ outcome: 'saved' | 'unchanged'; ticket: Ticket }>
  | Readonly<{ outcome: 'conflict'; seen: Ticket; theirs: Ticket; mine: Offer }>;

export const useSave = () => useMutation({ mutationFn: (edit: Edit) => save(edit) });

const maxTries = 3;

/**
 * The API refuses an edit of another version than the seller has seen. If orders alone have raised the version, nothing of
 * the offer is lost, so the edit is sent again with the present version.
 */
async function save({ seen, mine }: Edit, tries = 1, version = seen.version): Promise<Saved> {
  if (differences(offerOf(seen), mine).length === 0) return { outcome: 'unchanged', ticket: seen };
  const ticketId = seen.id;
  const result = await api.updateTicket({ ...mine, ticketId, version } as InputOf<'updateTicket'>);
  if (result.ok) return { outcome: 'saved', ticket: remember(result.data) };
  const { code } = result.error;
  if (code !== 'version-conflict' && code !== 'precondition-failed') throw problemOf(result);
  const theirs = remember(dataOf(await api.showTicket({ ticketId })));
  if (differences(offerOf(seen), offerOf(theirs)).length > 0)
    return {
      outcome: 'conflict',
      seen,
      theirs,
      mine: merge({ seen: offerOf(seen), theirs: offerOf(theirs), mine }),
    };
  if (tries === maxTries) throw problemOf(result);
  return save({ seen, mine }, tries + 1, theirs.version);
}

export function remember(ticket: Ticket): Ticket {
  queryClient.setQueryData(ticketQuery(ticket.id).queryKey, ticket);
  return ticket;
}
