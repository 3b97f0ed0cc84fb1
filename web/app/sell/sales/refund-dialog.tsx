// Refunds a sale in three steps: what goes back, the question, and the outcome.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../../shared/api.js';
import { useFormats } from '../../shared/format.js';
import { useTexts } from '../../shared/language.js';
import { Problem } from '../../shared/problem.js';
import { paymentQuery } from '../../shared/queries.js';
import { sharedTexts } from '../../shared/texts.js';
import { Dialog, Focused } from '../../shared/dialog.js';
import { RefundForm } from './refund-form.js';
import { useRefund, type Payment, type Refund, type RefundRequest } from './refund.js';
import { leftOf, type Sale } from './sum.js';
import { salesTexts } from './texts.js';

type RefundDialogProps = Readonly<{
  sale: Sale;
  ticketId: string;
  /** Nothing is left of a sale that was refunded as a whole. */
  onClose: (isNothingLeft: boolean) => void;
}>;

export function RefundDialog({ sale, ticketId, onClose: onEnd }: RefundDialogProps) {
  const texts = useTexts(salesTexts);
  const shared = useTexts(sharedTexts);
  const payment = useQuery({ ...paymentQuery(sale.orderId), staleTime: 0 });
  const onClose = () => onEnd(payment.data ? Number(leftOf(payment.data)) === 0 : false);
  return (
    <Dialog title={texts.refundTitle} onClose={onClose}>
      {payment.isPending && <p className="muted">{shared.loading}</p>}
      <Problem error={payment.error} sentences={texts.errors} onRetry={() => void payment.refetch()} />
      {payment.data === null && <p>{texts.noPayment}</p>}
      {payment.data && <Steps sale={sale} ticketId={ticketId} payment={payment.data} onClose={onClose} />}
      {!payment.data && <CloseButton onClose={onClose} />}
    </Dialog>
  );
}

type StepsProps = Readonly<{ sale: Sale; ticketId: string; payment: Payment; onClose: () => void }>;

function Steps({ sale, ticketId, payment, onClose }: StepsProps) {
  const texts = useTexts(salesTexts);
  const [request, setRequest] = useState<RefundRequest>();
  const refund = useRefund(sale.orderId, ticketId);
  const isPossible = Number(leftOf(payment)) > 0;
  const isDisputed = payment.disputes.some(({ status }) => status === 'open');
  if (refund.data)
    return (
      <>
        <Outcome refund={refund.data} />
        <CloseButton onClose={onClose} />
      </>
    );
  if (request && !refund.error)
    return (
      <Question
        {...{ request, payment, isBusy: refund.isPending }}
        onConfirm={() => refund.mutate(request)}
        onBack={() => setRequest(undefined)}
      />
    );
  return (
    <>
      <Facts payment={payment} />
      {isDisputed && <p className="notice notice-problem">{texts.disputed}</p>}
      <Refused error={refund.error} />
      {isPossible && !isDisputed ? (
        <RefundForm
          {...{ sale, payment, error: refund.error, before: request, onClose }}
          onNext={(next) => {
            refund.reset();
            setRequest(next);
          }}
        />
      ) : (
        <CloseButton onClose={onClose} />
      )}
    </>
  );
}

function Refused({ error }: Readonly<{ error: unknown }>) {
  const texts = useTexts(salesTexts);
  if (!error || error instanceof ApiProblem) return <Problem error={error} sentences={texts.errors} />;
  return (
    <p className="notice notice-problem" role="alert">
      {texts.lost}
    </p>
  );
}

function CloseButton({ onClose }: Readonly<{ onClose: () => void }>) {
  const { close } = useTexts(sharedTexts);
  return (
    <div className="row">
      <button type="button" className="button" onClick={onClose}>
        {close}
      </button>
    </div>
  );
}

function Facts({ payment }: Readonly<{ payment: Payment }>) {
  const texts = useTexts(salesTexts);
  const { money } = useFormats();
  const { amount, currency, refunded, refunds } = payment;
  return (
    <>
      <dl className="facts">
        <dt>{texts.paid}</dt>
        <dd>{money(amount, currency)}</dd>
        <dt>{texts.alreadyBack}</dt>
        <dd>{money(refunded, currency)}</dd>
        <dt>{texts.left}</dt>
        <dd>{money(leftOf(payment), currency)}</dd>
      </dl>
      {refunds.length > 0 && (
        <>
          <h3 className="small">{texts.earlier}</h3>
          <ul className="small">
            {refunds.map((refund) => (
              <li key={refund.id}>
                {money(refund.amount, refund.currency)}: {texts.refundStatus[refund.status]}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Question({
  request,
  payment,
  isBusy,
  onConfirm,
  onBack,
}: Readonly<{
  request: RefundRequest;
  payment: Payment;
  isBusy: boolean;
  onConfirm: () => void;
  onBack: () => void;
}>) {
  const texts = useTexts(salesTexts);
  const { back } = useTexts(sharedTexts);
  const { money } = useFormats();
  const amount = request.amount ?? leftOf(payment);
  return (
    <>
      <Focused className="question">
        {request.places
          ? texts.confirmPlaces(request.places.length)
          : texts.confirm(money(amount, payment.currency))}
      </Focused>
      <div className="row">
        <button type="button" className="button button-bad" disabled={isBusy} onClick={onConfirm}>
          {texts.doIt}
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={onBack}>
          {back}
        </button>
      </div>
    </>
  );
}

function Outcome({ refund: { status, amount, currency } }: Readonly<{ refund: Refund }>) {
  const texts = useTexts(salesTexts);
  const { money } = useFormats();
  const sentence = { succeeded: texts.succeeded, pending: texts.pending, failed: texts.refused }[status];
  const kind = { succeeded: 'notice-good', pending: '', failed: 'notice-problem' }[status];
  return <Focused className={`notice ${kind}`}>{sentence(money(amount, currency))}</Focused>;
}
