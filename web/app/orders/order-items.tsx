// The tickets of an order with their places, and the sum.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { ticketQuery } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { placesPaidBack, type Order, type Payment } from './order-state.js';
import './orders.css';
import { ordersTexts } from './texts.js';

type Props = Readonly<{ order: Order; payment: Payment | null | undefined }>;

export function OrderItems({ order, payment }: Props) {
  const texts = useTexts(ordersTexts);
  const { free } = useTexts(sharedTexts);
  const { money } = useFormats();
  const { total, items } = order;
  const { currency } = order.ticket;
  const isPaidBack = payment && Number(payment.refunded) > 0;
  return (
    <>
      <ul className="order-items" aria-label={texts.items}>
        {items.map((item) => (
          <li key={item.ticket.id}>
            <Item item={item} paidBack={placesPaidBack(payment, item.ticket.id)} />
          </li>
        ))}
      </ul>
      <dl className="order-sum">
        <dt>{texts.total}</dt>
        <dd className="price">{Number(total) === 0 ? free : money(total, currency)}</dd>
        {isPaidBack && (
          <>
            <dt>{texts.paidBackSum}</dt>
            <dd className="price">{money(payment.refunded, currency)}</dd>
          </>
        )}
      </dl>
    </>
  );
}

type ItemProps = Readonly<{ item: Order['items'][number]; paidBack: readonly number[] }>;

function Item({ item: { ticket, places }, paidBack }: ItemProps) {
  const texts = useTexts(ordersTexts);
  const shared = useTexts(sharedTexts);
  const { money, eventTime } = useFormats();
  const placeNumbers = usePlaceNumbers();
  const { data } = useQuery({ ...ticketQuery(ticket.id), staleTime: 300_000 });
  const count = places.length;
  const price = money(ticket.price, ticket.currency);
  return (
    <>
      <p>
        <Link to="/tickets/$ticketId" params={{ ticketId: ticket.id }}>
          <b>{ticket.title}</b>
        </Link>
      </p>
      {data?.event && (
        <p className="small muted">
          {data.event.name !== ticket.title && (
            <>
              {data.event.name}
              <br />
            </>
          )}
          {eventTime(data.event)}
          <br />
          {data.event.venue}
        </p>
      )}
      {count > 0 && (
        <p>
          {shared.places(count)}
          {Number(ticket.price) > 0 && `, ${count === 1 ? price : texts.each(price)}`}
          {data && data.quantity > 1 && (
            <>
              <br />
              {placeNumbers(places)}
            </>
          )}
        </p>
      )}
      {paidBack.length > 0 && <p className="muted">{texts.paidBack(placeNumbers(paidBack))}</p>}
    </>
  );
}

/** "Places 1, 2 and 5": people count from 1. */
export function usePlaceNumbers(): (places: readonly number[]) => string {
  const { numbers } = useTexts(ordersTexts);
  const { list, number } = useFormats();
  return (places) => {
    const inOrder = [...places].sort((one, other) => one - other);
    return numbers(list(inOrder.map((place) => number(place + 1))), places.length);
  };
}
