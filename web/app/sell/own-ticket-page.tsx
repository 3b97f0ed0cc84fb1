// A ticket for its seller: what is sold, the offer to change, and the way out.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTexts } from '../shared/language.js';
import { useLiveTickets } from '../shared/live.js';
import { Problem } from '../shared/problem.js';
import { ticketQuery } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { EditSection } from './edit-section.js';
import { SalesSection } from './sales/sales-section.js';
import { Places, Status } from './sell-page.js';
import { SellerPage } from './seller-page.js';
import { sellTexts } from './texts.js';
import { Withdraw } from './withdraw.js';

export function OwnTicketPage() {
  const { loading } = useTexts(sharedTexts);
  const { ticketId } = useParams({ from: '/sell/$ticketId' });
  const { data: ticket, error, refetch } = useQuery(ticketQuery(ticketId));
  return (
    <SellerPage title={ticket?.title ?? loading} next={`/sell/${ticketId}`}>
      {(userId) => (
        <>
          {!ticket && error && <Problem error={error} onRetry={() => void refetch()} />}
          {ticket && <OwnTicket ticketId={ticketId} userId={userId} />}
        </>
      )}
    </SellerPage>
  );
}

function OwnTicket({ ticketId, userId }: Readonly<{ ticketId: string; userId: string }>) {
  const texts = useTexts(sellTexts);
  const { data: ticket } = useQuery(ticketQuery(ticketId));
  useLiveTickets([ticketId]);
  if (!ticket) return null;
  const view = (
    <Link to="/tickets/$ticketId" params={{ ticketId }}>
      {texts.seeTicket}
    </Link>
  );
  if (ticket.userId !== userId)
    return (
      <p className="card">
        {texts.notYours} {view}
      </p>
    );
  return (
    <>
      <div className="row">
        <Status ticket={ticket} />
        {view}
      </div>
      <div className="form-page" aria-live="polite">
        <Places ticket={ticket} />
      </div>
      <SalesSection ticket={ticket} />
      <EditSection ticket={ticket} />
      <Withdraw ticket={ticket} />
    </>
  );
}
