import type { DataOf } from '@ticketing/client';
import { Link } from '@tanstack/react-router';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { sharedTexts } from '../shared/texts.js';
import { browseTexts } from './texts.js';

export type Ticket = DataOf<'showTicket'>;

/** A ticket in a list. */
export function TicketCard({ ticket }: Readonly<{ ticket: Ticket }>) {
  const { id, title, event } = ticket;
  return (
    <article className="ticket">
      <TicketDay event={event} />
      <div className="ticket-body">
        <h2>
          <Link to="/tickets/$ticketId" params={{ ticketId: id }}>
            {title}
          </Link>
        </h2>
        {event && (
          <p className="small muted">
            {event.name !== title && `${event.name} · `}
            {event.venue}
          </p>
        )}
        <div className="ticket-foot">
          <Price ticket={ticket} />
          <Availability ticket={ticket} />
        </div>
      </div>
    </article>
  );
}

/** The stub of a ticket: the day of its event. */
export function TicketDay({ event }: Readonly<{ event: Ticket['event'] }>) {
  const { eventDay } = useFormats();
  const day = event && eventDay(event);
  return (
    <div className="ticket-day" aria-hidden="true">
      {day ? (
        <>
          <b>{day.day}</b>
          {day.month}
        </>
      ) : (
        <img src="/icon.svg" alt="" width={36} height={36} />
      )}
    </div>
  );
}

export function Price({
  ticket: { price, currency },
}: Readonly<{ ticket: Pick<Ticket, 'price' | 'currency'> }>) {
  const { money } = useFormats();
  const { free } = useTexts(sharedTexts);
  return <span className="price">{Number(price) === 0 ? free : money(price, currency)}</span>;
}

/** The number of free places, or why there is none. */
export function Availability({ ticket: { status, quantity, available } }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(sharedTexts);
  const { reservedTag } = useTexts(browseTexts);
  // A reserved place may become free again; a sold one does not.
  if (status === 'reserved') return <span className="tag">{reservedTag}</span>;
  if (status !== 'available') return <span className="tag tag-quiet">{texts.status[status]}</span>;
  if (quantity === 1) return <span className="tag tag-good">{texts.status.available}</span>;
  return <span className="tag tag-good">{texts.left(available)}</span>;
}
