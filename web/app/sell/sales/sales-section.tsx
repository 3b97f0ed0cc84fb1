// The sales of a ticket: their sum, the line of places sold, and each sale with its refund.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Ticket } from '../../browse/ticket-card.js';
import { api, dataOf } from '../../shared/api.js';
import { useFormats } from '../../shared/format.js';
import { useTexts } from '../../shared/language.js';
import { nextCursorIn } from '../../shared/paging.js';
import { Problem } from '../../shared/problem.js';
import { sharedTexts } from '../../shared/texts.js';
import { Plot } from './plot.js';
import { RefundDialog } from './refund-dialog.js';
import { SalesTable } from './sales-table.js';
import { saleOf, sumOf, type Sale } from './sum.js';
import { salesTexts } from './texts.js';

export function SalesSection({ ticket: { id, version } }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(salesTexts);
  const { loading } = useTexts(sharedTexts);
  const { number } = useFormats();
  const [refunding, setRefunding] = useState<Sale>();
  const heading = useRef<HTMLHeadingElement>(null);
  const close = (isNothingLeft: boolean) => {
    flushSync(() => setRefunding(undefined));
    // The button that opened the dialog is gone, or will be as soon as the sale is read again.
    if (isNothingLeft) heading.current?.focus();
  };
  const { data: sales, error, refetch } = useSales(id, version);
  return (
    <section>
      <h2 ref={heading} tabIndex={-1}>
        {texts.title}
      </h2>
      {!sales && !error && <p className="muted">{loading}</p>}
      <Problem error={error} onRetry={() => void refetch()} />
      {sales?.length === 0 && <p className="card">{texts.none}</p>}
      {sales && sales.length > 0 && (
        <>
          <Total sales={sales} ticketId={id} />
          {sales.length === maxSales && <p className="small">{texts.onlyNewest(number(maxSales))}</p>}
          <div className="sales-parts">
            <Plot
              sales={sales.map((sale) => ({
                at: Date.parse(sale.soldAt),
                places: saleOf(sale, id).places,
              }))}
            />
            <SalesTable sales={sales} ticketId={id} onRefund={setRefunding} />
          </div>
        </>
      )}
      {refunding && <RefundDialog sale={refunding} ticketId={id} onClose={close} />}
    </section>
  );
}

function Total({ sales, ticketId }: Readonly<{ sales: readonly Sale[]; ticketId: string }>) {
  const texts = useTexts(salesTexts);
  const shared = useTexts(sharedTexts);
  const { money } = useFormats();
  const { places, prices } = sumOf(sales, ticketId);
  const sums = prices.map(({ price, currency }) => money(price, currency)).join(' + ');
  return (
    <p aria-live="polite" className="price">
      {texts.sum(shared.places(places), sums === '' ? '0' : sums)}
    </p>
  );
}

const pageSize = 100;
const maxSales = 10 * pageSize;

/** The newest sales, read again whenever the ticket has changed: a sale or a refund raises its version. */
function useSales(ticketId: string, version: number) {
  return useQuery({
    queryKey: ['sales', ticketId, version],
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    queryFn: async ({ signal }) => {
      const sales: Sale[] = [];
      let cursor: string | undefined;
      do {
        const query = { ticketId, limit: pageSize, ...(cursor !== undefined && { cursor }) };
        const result = await api.listSales(query, { signal });
        sales.push(...dataOf(result));
        cursor = nextCursorIn(result.headers);
      } while (cursor !== undefined && sales.length < maxSales);
      return sales;
    },
  });
}
