// One order as a receipt: its places, its payment, and what went back.

import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useParams } from '@tanstack/react-router';
import { SignedInOnly } from '../account/signed-in.js';
import { TimeLeft, useServerTime } from '../checkout/countdown.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { useLiveOrder } from '../shared/live.js';
import { Page } from '../shared/page.js';
import { orderQuery, paymentQuery } from '../shared/queries.js';
import { CancelOrder } from './cancel-order.js';
import { NotShown } from './not-shown.js';
import { OrderItems, usePlaceNumbers } from './order-items.js';
import { isUndecided, stateOf, type Order, type OrderState, type Payment } from './order-state.js';
import { StateTag } from './state-tag.js';
import { ordersTexts } from './texts.js';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The buyer has just paid. */
    isThanked?: boolean;
  }
}

export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' });
  return (
    <SignedInOnly path={`/orders/${orderId}`}>
      <Loading orderId={orderId} />
    </SignedInOnly>
  );
}

function Loading({ orderId }: Readonly<{ orderId: string }>) {
  const { data: order, error, refetch } = useQuery(orderQuery(orderId));
  useLiveOrder(orderId);
  if (order) return <Receipt order={order} />;
  return <NotShown error={error} onRetry={() => void refetch()} />;
}

function Receipt({ order }: Readonly<{ order: Order }>) {
  const texts = useTexts(ordersTexts);
  const isThanked = useLocation({ select: ({ state }) => state.isThanked === true });
  const { data: payment } = useQuery({
    ...paymentQuery(order.id),
    refetchInterval: (query) => (isUndecided(query.state.data) ? 1_000 : false),
  });
  const state = stateOf(order, payment, useServerTime());
  return (
    <Page title={texts.order}>
      <div role="status">
        {isThanked && state === 'paid' && (
          <p className="notice notice-good no-print">
            <b>{texts.thanks}</b>
          </p>
        )}
      </div>
      <section className="card receipt" aria-label={texts.order}>
        <p aria-live="polite">
          <StateTag state={state} />
        </p>
        <OrderItems order={order} payment={payment} />
        <PaymentInWords order={order} payment={payment} state={state} />
      </section>
      <Actions order={order} state={state} />
    </Page>
  );
}

type PaymentProps = Readonly<{ order: Order; payment: Payment | null | undefined; state: OrderState }>;

function PaymentInWords({ order, payment, state }: PaymentProps) {
  const texts = useTexts(ordersTexts);
  const { timeOfDay, money } = useFormats();
  const isFree = Number(order.total) === 0 && state === 'paid';
  const { refunds = [], disputes = [] } = payment ?? {};
  return (
    <>
      <h2>{texts.payment}</h2>
      <p>{isFree ? texts.free : texts.sentences[state](timeOfDay(order.expiresAt))}</p>
      {refunds.length > 0 && (
        <>
          <h2>{texts.refunds}</h2>
          <ul>
            {refunds.map((refund) => (
              <li key={refund.id}>
                <Refund refund={refund} order={order} />
              </li>
            ))}
          </ul>
        </>
      )}
      {disputes.length > 0 && (
        <>
          <h2>{texts.disputes}</h2>
          <ul>
            {disputes.map(({ id, status, amount, currency }) => (
              <li key={id}>{texts.dispute[status](money(amount, currency))}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

type RefundProps = Readonly<{ refund: Payment['refunds'][number]; order: Order }>;

function Refund({ refund: { amount, currency, status, by, reason, places = [] }, order }: RefundProps) {
  const texts = useTexts(ordersTexts);
  const { money } = useFormats();
  const placeNumbers = usePlaceNumbers();
  const parts = order.items.flatMap(({ ticket: { id, title } }) => {
    const numbers = places.filter(({ ticketId }) => ticketId === id).map(({ place }) => place);
    return numbers.length === 0 ? [] : [texts.placesOf(placeNumbers(numbers), title)];
  });
  return (
    <>
      {texts.refund[status](money(amount, currency))}
      {parts.map((part) => (
        <span key={part}>
          <br />
          {part}
        </span>
      ))}
      {reason !== '' && (
        <span className="muted">
          <br />
          {texts.by[by](reason)}
        </span>
      )}
    </>
  );
}

function Actions({ order, state }: Readonly<{ order: Order; state: OrderState }>) {
  const texts = useTexts(ordersTexts);
  const isUnpaid = state === 'open' || state === 'needs-approval';
  return (
    <div className="no-print">
      <p className="row receipt-actions">
        {isUnpaid && (
          <>
            <Link to="/orders/$orderId/pay" params={{ orderId: order.id }} className="button button-main">
              {texts.payNow}
            </Link>
            <TimeLeft until={order.expiresAt} />
          </>
        )}
        {!isUnpaid && (
          <button type="button" className="button" onClick={() => window.print()}>
            {texts.print}
          </button>
        )}
        <Link to="/orders" className="button">
          {texts.toOrders}
        </Link>
      </p>
      {isUnpaid && <CancelOrder order={order} />}
    </div>
  );
}
