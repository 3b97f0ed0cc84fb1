import { useState } from 'react';
import { useFormats } from '../../shared/format.js';
import { useTexts } from '../../shared/language.js';
import { saleOf, type Sale } from './sum.js';
import { salesTexts } from './texts.js';

type SalesTableProps = Readonly<{
  sales: readonly Sale[];
  ticketId: string;
  onRefund: (sale: Sale) => void;
}>;

const shownAtFirst = 20;

export function SalesTable({ sales, ticketId, onRefund }: SalesTableProps) {
  const texts = useTexts(salesTexts);
  const [isAll, setIsAll] = useState(false);
  const shown = isAll ? sales : sales.slice(0, shownAtFirst);
  return (
    <div>
      <table className="sales">
        <thead>
          <tr>
            <th scope="col">{texts.when}</th>
            <th scope="col" className="number">
              {texts.places}
            </th>
            <th scope="col" className="number">
              {texts.price}
            </th>
            <th scope="col">{texts.status}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((sale) => (
            <Row key={sale.orderId} sale={sale} ticketId={ticketId} onRefund={() => onRefund(sale)} />
          ))}
        </tbody>
      </table>
      {shown.length < sales.length && (
        <button type="button" className="button" onClick={() => setIsAll(true)}>
          {texts.more}
        </button>
      )}
    </div>
  );
}

function Row({ sale, ticketId, onRefund }: Readonly<{ sale: Sale; ticketId: string; onRefund: () => void }>) {
  const texts = useTexts(salesTexts);
  const { moment, money, number } = useFormats();
  const { soldAt, status, total, currency, items } = sale;
  const { places, price } = saleOf(sale, ticketId);
  const isFree = Number(total) === 0;
  return (
    <tr>
      <td>
        {moment(soldAt)}
        {items.length > 1 && <div className="small muted">{texts.inCart(money(total, currency))}</div>}
      </td>
      <td className="number">{number(places)}</td>
      <td className="number">{money(price, currency)}</td>
      <td>
        {status === 'refunded' || isFree ? (
          <span className="tag tag-quiet">{status === 'refunded' ? texts.refunded : texts.given}</span>
        ) : (
          <button
            type="button"
            className="button"
            aria-label={texts.refundOf(moment(soldAt))}
            onClick={onRefund}
          >
            {texts.refund}
          </button>
        )}
      </td>
    </tr>
  );
}
