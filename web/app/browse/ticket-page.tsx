// One ticket, with its availability as it changes, and the two ways to buy: at once, or with others in the cart.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { addToCart, maxPlaces, type CartRefusal } from '../cart/cart.js';
import { OrderOutcome } from '../ordering/order-outcome.js';
import { useOrder } from '../ordering/use-order.js';
import { useFormats } from '../shared/format.js';
import { Choice } from '../shared/field.js';
import { useTexts } from '../shared/language.js';
import { useLiveTickets } from '../shared/live.js';
import { Page } from '../shared/page.js';
import { Problem } from '../shared/problem.js';
import { ticketQuery, useUser } from '../shared/queries.js';
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
  const [wanted, setWanted] = useState(1);
  const order = useOrder();
  const [added, setAdded] = useState<'added' | CartRefusal>();
  const { id: ticketId, version, userId: sellerId, currency, available, price } = ticket;
  const choices = Array.from({ length: Math.min(available, maxPlaces) }, (_, index) => index + 1);
  // Others may have bought meanwhile.
  const quantity = Math.min(wanted, choices.length);
  const items = [{ ticketId, version, quantity }];
  return (
    <>
      {ticket.quantity > 1 && (
        <Choice
          label={texts.quantity}
          value={quantity}
          onChange={({ currentTarget }) => setWanted(Number(currentTarget.value))}
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
          disabled={order.isPending}
          onClick={() => order.mutate(items)}
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
      <OrderOutcome
        order={order}
        items={items}
        onAccept={(_id, present) => order.mutate([{ ticketId, quantity, version: present }])}
      />
    </>
  );
}
