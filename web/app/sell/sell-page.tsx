// The tickets that the user sells.

import { Link } from '@tanstack/react-router';
import { Price, TicketDay, type Ticket } from '../browse/ticket-card.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { PagedList } from '../shared/paging.js';
import { sharedTexts } from '../shared/texts.js';
import { useTicketList } from '../shared/tickets.js';
import { SellerPage } from './seller-page.js';
import { sellTexts } from './texts.js';

export function SellPage() {
  const texts = useTexts(sellTexts);
  return (
    <SellerPage title={texts.title} lead={texts.lead} next="/sell">
      {(userId) => <OwnTickets userId={userId} />}
    </SellerPage>
  );
}

function OwnTickets({ userId }: Readonly<{ userId: string }>) {
  const texts = useTexts(sellTexts);
  const { found, tickets } = useTicketList({ seller: userId });
  return (
    <>
      <Link to="/sell/new" className="button button-main">
        {texts.newTicket}
      </Link>
      <h2>{texts.yours}</h2>
      <PagedList found={found} label={texts.yours} className="tickets" none={texts.none}>
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <OwnTicketCard ticket={ticket} />
          </li>
        ))}
      </PagedList>
    </>
  );
}

function OwnTicketCard({ ticket }: Readonly<{ ticket: Ticket }>) {
  const { id, title, event } = ticket;
  return (
    <article className="ticket">
      <TicketDay event={event} />
      <div className="ticket-body">
        <h3>
          <Link to="/sell/$ticketId" params={{ ticketId: id }}>
            {title}
          </Link>
        </h3>
        {event && <p className="small muted">{event.venue}</p>}
        <Places ticket={ticket} />
        <div className="ticket-foot">
          <Price ticket={ticket} />
          <Status ticket={ticket} />
        </div>
      </div>
    </article>
  );
}

/** How many places are taken, as a bar and in words. A withdrawn ticket shows neither. */
export function Places({ ticket: { quantity, available, status } }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(sellTexts);
  const { number } = useFormats();
  if (status === 'withdrawn') return null;
  const taken = quantity - available;
  return (
    <div className="places small">
      <meter min={0} max={quantity} value={taken} aria-hidden="true" />
      <span>
        {texts.taken(number(taken))} · {texts.freePlaces(number(available))}
      </span>
    </div>
  );
}

export function Status({ ticket: { status } }: Readonly<{ ticket: Pick<Ticket, 'status'> }>) {
  const texts = useTexts(sharedTexts);
  const kind = { available: 'tag-good', reserved: '', sold: '', withdrawn: 'tag-quiet' }[status];
  return <span className={`tag ${kind}`}>{texts.status[status]}</span>;
}
