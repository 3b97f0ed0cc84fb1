// Lists a ticket. A repeat after a lost connection has the same key, so that it is the same ticket.

import type { InputOf } from '@ticketing/client';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, dataOf } from '../shared/api.js';
import { useIdempotencyKey } from '../shared/idempotency-key.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { queryClient, ticketQuery } from '../shared/queries.js';
import { OfferForm } from './offer-form.js';
import type { Offer } from './offer.js';
import { useTicketList } from '../shared/tickets.js';
import { SellerPage } from './seller-page.js';
import { sellTexts } from './texts.js';

export function NewTicketPage() {
  const texts = useTexts(sellTexts);
  return (
    <SellerPage title={texts.newTitle} next="/sell/new">
      {(userId) => <NewTicket userId={userId} />}
    </SellerPage>
  );
}

function NewTicket({ userId }: Readonly<{ userId: string }>) {
  const texts = useTexts(sellTexts);
  const create = useCreate();
  const { found, tickets } = useTicketList({ seller: userId });
  // The installation may sell in one currency only; the seller's last ticket has a right one.
  const currency = tickets[0]?.currency ?? 'usd';
  return (
    <div className="form-page">
      <OfferForm
        key={String(found.isPending)}
        currency={currency}
        submit={texts.create}
        isBusy={create.isPending}
        error={create.error}
        onSubmit={(offer) => create.mutate(offer)}
      >
        <Problem error={create.error} sentences={texts.errors} />
      </OfferForm>
    </div>
  );
}

function useCreate() {
  const navigate = useNavigate();
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async (offer: Offer) => {
      const options = { idempotencyKey: keys.of(offer) };
      return dataOf(await api.createTicket(offer as InputOf<'createTicket'>, options));
    },
    onSettled: (_ticket, error) => keys.answered(error),
    onSuccess: (ticket) => {
      queryClient.setQueryData(ticketQuery(ticket.id).queryKey, ticket);
      void queryClient.invalidateQueries({ queryKey: ['tickets'] });
      return navigate({ to: '/sell/$ticketId', params: { ticketId: ticket.id } });
    },
  });
}
