// One ticket of the cart, with its price and its free places at this moment.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Availability, Price, type Ticket } from '../browse/ticket-card.js';
import { ApiProblem } from '../shared/api.js';
import { Choice } from '../shared/field.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { ticketQuery, useUser } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { changeItem, maxPlaces, type CartItem } from './cart.js';
import { cartTexts } from './texts.js';

type Props = Readonly<{ item: CartItem; /** places of the other items */ others: number }>;

export function CartEntry({ item, others }: Props) {
  const texts = useTexts(cartTexts);
  const shared = useTexts(sharedTexts);
  const { data: ticket, error, refetch } = useQuery(ticketQuery(item.ticketId));
  if (ticket) return <Entry item={item} others={others} ticket={ticket} />;
  const isGone = error instanceof ApiProblem && error.status === 404;
  return (
    <article className="card cart-item">
      {isGone && <p>{texts.gone}</p>}
      {error && !isGone && <Problem error={error} onRetry={() => void refetch()} />}
      {!error && <p className="muted">{shared.loading}</p>}
      <Remove ticketId={item.ticketId} title={undefined} />
    </article>
  );
}

function Entry({ item, others, ticket }: Props & Readonly<{ ticket: Ticket }>) {
  const { id, title, event, available, status } = ticket;
  const texts = useTexts(cartTexts);
  const shared = useTexts(sharedTexts);
  const { eventTime } = useFormats();
  const free = status === 'available' ? available : 0;
  const most = Math.max(item.quantity, Math.min(free, maxPlaces - others));
  return (
    <article className="card cart-item">
      <div>
        <h2>
          <Link to="/tickets/$ticketId" params={{ ticketId: id }}>
            {title}
          </Link>
        </h2>
        {event && (
          <p className="small muted">
            {eventTime(event)}
            <br />
            {event.venue}
          </p>
        )}
        <p className="row">
          <Each ticket={ticket} />
          <Availability ticket={ticket} />
        </p>
      </div>
      <div className="cart-places">
        <Choice
          label={
            <>
              {texts.places} <span className="visually-hidden">{texts.of(title)}</span>
            </>
          }
          value={item.quantity}
          onChange={({ currentTarget }) => changeItem(id, { quantity: Number(currentTarget.value) })}
        >
          {Array.from({ length: most }, (_, index) => (
            <option key={index} value={index + 1}>
              {shared.places(index + 1)}
            </option>
          ))}
        </Choice>
        <Remove ticketId={id} title={title} />
      </div>
      <Warning item={item} ticket={ticket} free={free} />
    </article>
  );
}

function Each({ ticket }: Readonly<{ ticket: Ticket }>) {
  const { money } = useFormats();
  const { each } = useTexts(cartTexts);
  if (Number(ticket.price) === 0) return <Price ticket={ticket} />;
  return <span>{each(money(ticket.price, ticket.currency))}</span>;
}

/** Why the order would be refused now. */
function Warning({ item, ticket, free }: Readonly<{ item: CartItem; ticket: Ticket; free: number }>) {
  const texts = useTexts(cartTexts);
  const { places } = useTexts(sharedTexts);
  const isOwn = useUser()?.id === ticket.userId;
  return (
    <div className="cart-warning" aria-live="polite">
      {isOwn && <p className="notice">{texts.own}</p>}
      {!isOwn && free === 0 && <p className="notice">{texts.none}</p>}
      {!isOwn && free > 0 && free < item.quantity && (
        <div className="notice row">
          <span>{texts.onlyFree(places(free))}</span>
          <button type="button" className="button" onClick={() => changeItem(ticket.id, { quantity: free })}>
            {texts.take(places(free))}
          </button>
        </div>
      )}
    </div>
  );
}

function Remove({ ticketId, title }: Readonly<{ ticketId: string; title: string | undefined }>) {
  const texts = useTexts(cartTexts);
  return (
    <button
      type="button"
      className="button"
      aria-label={title === undefined ? texts.remove : `${texts.remove}: ${title}`}
      onClick={() => changeItem(ticketId, { quantity: 0 })}
    >
      {texts.remove}
    </button>
  );
}
