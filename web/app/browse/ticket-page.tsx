// One ticket, with its availability as it changes, and the two ways to buy: at once, or with others in the cart.

import { placeOrderFor, type PlacedOrder } from '@ticketing/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { addToCart, mostPlaces, type CartRefusal } from '../cart/cart.js';
import { api, problemOf } from '../shared/api.js';
import { useFormats } from '../shared/format.js';
import { Choice } from '../shared/field.js';
import { useTexts } from '../shared/language.js';
import { useLiveTickets } from '../shared/live.js';
import { Page } from '../shared/page.js';
import { Problem } from '../shared/problem.js';
import { queryClient, ticketQuery, useUser } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { browseTexts } from './texts.js';
import { Availability, Price, type Ticket } from './ticket-card.js';

export function TicketPage() {
  const { loading } = useTexts(sharedTexts);
  const { ticketId } = useParams({ from: '/tickets/$ticketId' });
  const { data: ticket, error, refetch } = useQuery(ticketQuery(ticketId));
  useLiveTickets([ticketId]);
  if (!ticket)
    return <Page title={loading}>{error && <Problem error={error} onRetry={() => void refetch()} />}</Page>;
  return (
    <Page title={ticket.title} isWide>
      <div className="split">
        <Facts ticket={ticket} />
        <section className="card" aria-live="polite">
          <p className="row">
            <span className="total">
              <Price ticket={ticket} />
            </span>
            <Availability ticket={ticket} />
          </p>
          <Offer ticket={ticket} />
        </section>
      </div>
    </Page>
  );
}

function Facts({
  ticket: { event, seller, quantity, available, price, currency },
}: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(browseTexts);
  const { eventTime, number } = useFormats();
  return (
    <dl className="facts">
      {event && (
        <>
          <dt>{texts.when}</dt>
          <dd>{eventTime(event)}</dd>
          <dt>{texts.where}</dt>
          <dd>
            {event.name}
            <br />
            {event.venue}
          </dd>
        </>
      )}
      <dt>{texts.price}</dt>
      <dd>
        <Price ticket={{ price, currency }} />
      </dd>
      {quantity > 1 && (
        <>
          <dt>{texts.places}</dt>
          <dd>{texts.of(number(available), number(quantity))}</dd>
        </>
      )}
      <dt>{texts.seller}</dt>
      <dd>{seller.name ?? texts.someone}</dd>
    </dl>
  );
}

function Offer({ ticket }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(browseTexts);
  const user = useUser();
  if (user && user.id === ticket.userId)
    return (
      <p>
        {texts.yours}{' '}
        <Link to="/sell/$ticketId" params={{ ticketId: ticket.id }}>
          {texts.manage}
        </Link>
      </p>
    );
  if (ticket.status === 'reserved') return <p>{texts.reservedNow}</p>;
  if (ticket.status !== 'available') return null;
  if (user === null)
    return (
      <Link to="/signin" search={{ next: `/tickets/${ticket.id}` }} className="button button-main">
        {texts.signInToBuy}
      </Link>
    );
  return <BuyForm ticket={ticket} />;
}

function BuyForm({ ticket }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(browseTexts);
  const shared = useTexts(sharedTexts);
  const [quantity, setQuantity] = useState(1);
  const [added, setAdded] = useState<'added' | CartRefusal>();
  const { buy, retry } = useBuy(ticket, quantity);
  const { id: ticketId, version, userId: sellerId, currency, available, price } = ticket;
  const choices = Array.from({ length: Math.min(available, mostPlaces) }, (_, index) => index + 1);
  return (
    <>
      {ticket.quantity > 1 && (
        <Choice
          label={texts.quantity}
          value={quantity}
          onChange={({ currentTarget }) => setQuantity(Number(currentTarget.value))}
        >
          {choices.map((count) => (
            <option key={count} value={count}>
              {shared.places(count)}
            </option>
          ))}
        </Choice>
      )}
      <div className="row">
        <button
          type="button"
          className="button button-main"
          disabled={buy.isPending}
          onClick={() => buy.mutate()}
        >
          {Number(price) === 0 ? texts.getFree : texts.buy}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => setAdded(addToCart({ ticketId, quantity, version, sellerId, currency }) ?? 'added')}
        >
          {texts.addToCart}
        </button>
      </div>
      {added && (
        <p className="notice" role="status">
          {added === 'added' ? texts.inCart : texts.refusals[added]} <Link to="/cart">{texts.toCart}</Link>
        </p>
      )}
      <Refused placed={buy.data} ticket={ticket} onAccept={retry} />
      <Problem error={buy.error} onRetry={() => buy.mutate()} />
    </>
  );
}

/** Places the order. A repeat after a lost connection has the same key, so that it is the same order. */
function useBuy({ id, version, price }: Ticket, quantity: number) {
  const navigate = useNavigate();
  const key = useRef<string>(undefined);
  const buy = useMutation({
    mutationFn: () => {
      key.current ??= crypto.randomUUID();
      return placeOrderFor(api, [{ ticket: { id, version }, quantity }], { idempotencyKey: key.current });
    },
    onSuccess: (placed) => {
      key.current = undefined;
      void queryClient.invalidateQueries({ queryKey: ['orders'] });
      if (!placed.ok) return void queryClient.invalidateQueries({ queryKey: ['ticket', id] });
      const to = Number(price) === 0 ? '/orders/$orderId' : '/orders/$orderId/pay';
      return navigate({ to, params: { orderId: placed.data.id } });
    },
  });
  return { buy, retry: () => buy.mutate() };
}

function Refused({
  placed,
  ticket,
  onAccept,
}: Readonly<{ placed: PlacedOrder | undefined; ticket: Ticket; onAccept: () => void }>) {
  const texts = useTexts(browseTexts);
  const shared = useTexts(sharedTexts);
  const { money } = useFormats();
  if (!placed || placed.ok) return null;
  const { changed, free } = placed;
  if (changed)
    return (
      <div className="notice" role="alert">
        <p>{texts.changed(money(changed.price, changed.currency))}</p>
        <button
          type="button"
          className="button"
          disabled={ticket.version !== changed.version}
          onClick={onAccept}
        >
          {texts.accept}
        </button>
      </div>
    );
  if (free && free.available > 0)
    return (
      <p className="notice" role="alert">
        {texts.onlyFree(shared.places(free.available))}
      </p>
    );
  return <Problem error={problemOf(placed)} sentences={texts.errors} />;
}
