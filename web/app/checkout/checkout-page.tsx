// Pays for an order while its places are held.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { SignedInOnly } from '../account/signed-in.js';
import { CancelOrder } from '../orders/cancel-order.js';
import { NotShown } from '../orders/not-shown.js';
import { OrderItems } from '../orders/order-items.js';
import { stateOf, type Order, type OrderState } from '../orders/order-state.js';
import { Failure } from '../shared/failure.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { useLiveOrder } from '../shared/live.js';
import { Page } from '../shared/page.js';
import { orderQuery } from '../shared/queries.js';
import { CardForm } from './card-form.js';
import { ChallengeDialog } from './challenge-dialog.js';
import './checkout.css';
import { Countdown, useServerTime } from './countdown.js';
import { checkoutTexts } from './texts.js';
import { usePayment, type Paying } from './use-payment.js';

export function CheckoutPage() {
  const { orderId } = useParams({ from: '/orders/$orderId/pay' });
  return (
    <SignedInOnly path={`/orders/${orderId}/pay`}>
      <Loading orderId={orderId} />
    </SignedInOnly>
  );
}

function Loading({ orderId }: Readonly<{ orderId: string }>) {
  const { data: order, error, refetch } = useQuery(orderQuery(orderId));
  useLiveOrder(orderId);
  if (order) return <Checkout order={order} />;
  return <NotShown error={error} onRetry={() => void refetch()} />;
}

function Checkout({ order }: Readonly<{ order: Order }>) {
  const texts = useTexts(checkoutTexts);
  const navigate = useNavigate();
  const paying = usePayment(order.id);
  const now = useServerTime();
  const state = stateOf(order, paying.payment, now);
  const isClosed = state === 'expired' || state === 'overdue' || state === 'cancelled';
  const isPaid = !isClosed && !['open', 'processing', 'needs-approval'].includes(state);
  useEffect(() => {
    if (!isPaid) return;
    const to = '/orders/$orderId';
    const isThanked = state === 'paid';
    void navigate({ to, params: { orderId: order.id }, state: { isThanked }, replace: true });
  }, [isPaid, state, navigate, order.id]);
  return (
    <Page title={texts.title} isWide>
      <div className="split checkout">
        <section className="card" aria-label={texts.summary}>
          <OrderItems order={order} payment={paying.payment} />
        </section>
        <section className="card">
          {isClosed ? (
            <Closed order={order} payment={paying.payment} why={state} />
          ) : (
            <Open order={order} paying={paying} state={state} now={now} />
          )}
        </section>
      </div>
      {paying.challenge && <ChallengeDialog challenge={paying.challenge} />}
    </Page>
  );
}

type ClosedProps = Readonly<{
  order: Order;
  payment: Paying['payment'];
  why: 'expired' | 'overdue' | 'cancelled';
}>;

function Closed({ order, payment, why }: ClosedProps) {
  const texts = useTexts(checkoutTexts);
  const isCharged = payment && payment.refunds.length > 0;
  return (
    <>
      <p role="alert">{isCharged ? texts.paidBack : texts[why]}</p>
      <p className="row">
        <Link to="/tickets/$ticketId" params={{ ticketId: order.ticket.id }} className="button button-main">
          {texts.buyAgain}
        </Link>
        <Link to="/orders/$orderId" params={{ orderId: order.id }} className="button">
          {texts.toOrder}
        </Link>
      </p>
    </>
  );
}

type OpenProps = Readonly<{ order: Order; paying: Paying; state: OrderState; now: number }>;

function Open({ order, paying, state, now }: OpenProps) {
  const texts = useTexts(checkoutTexts);
  const { money } = useFormats();
  const { isBusy, startedAt, challenge } = paying;
  const isProcessing = state === 'processing';
  const isSlow = startedAt === undefined ? isProcessing : !challenge && now - startedAt > usualMs;
  return (
    <>
      <p>
        {texts.payBefore} <Countdown until={order.expiresAt} />
      </p>
      {(!isProcessing || isBusy) && (
        <CardForm paying={paying} total={money(order.total, order.ticket.currency)} />
      )}
      <div role="status">{isSlow && <p className="notice">{texts.slow}</p>}</div>
      <Unpaid paying={paying} state={state} />
      {!isBusy && !isProcessing && <CancelOrder order={order} />}
    </>
  );
}

/** An attempt that takes longer gets a sentence. */
const usualMs = 2_000;

/** Why the order is not paid yet, and what the buyer can do about it. */
function Unpaid({ paying, state }: Readonly<{ paying: Paying; state: OrderState }>) {
  const texts = useTexts(checkoutTexts);
  const { payment, error, isBusy } = paying;
  if (isBusy) return null;
  const reason = payment?.status === 'declined' ? payment.declineReason : undefined;
  const sentence = reason && texts.reasons[reason];
  if (error) {
    const sentences = { ...texts.errors, ...(sentence !== undefined && { 'card-declined': sentence }) };
    return <Failure error={error} sentences={sentences} lost={texts.lost} onRetry={paying.repeat} />;
  }
  const clientSecret = state === 'needs-approval' ? payment?.clientSecret : undefined;
  if (clientSecret !== undefined)
    return (
      <div className="notice" role="alert">
        <p>{texts.approval}</p>
        <button type="button" className="button button-main" onClick={() => paying.resume(clientSecret)}>
          {texts.approve}
        </button>
      </div>
    );
  if (payment?.status === 'declined')
    return (
      <p className="notice notice-problem" role="alert">
        {sentence ?? texts.declined}
      </p>
    );
  return null;
}
