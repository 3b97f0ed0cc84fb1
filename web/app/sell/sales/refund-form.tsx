// The form of a refund: all that is left, an amount, or the price of places.

import { useState, type FormEvent, type ReactNode } from 'react';
import { Field } from '../../shared/field.js';
import { textOf } from '../../shared/form.js';
import { useFormats } from '../../shared/format.js';
import { useTexts } from '../../shared/language.js';
import { fieldsOf } from '../../shared/problem.js';
import { sharedTexts } from '../../shared/texts.js';
import type { Payment, RefundRequest } from './refund.js';
import { leftOf, type Sale } from './sum.js';
import { salesTexts } from './texts.js';

type RefundFormProps = Readonly<{
  sale: Sale;
  payment: Payment;
  error: unknown;
  /** the request that was refused */
  before: RefundRequest | undefined;
  onNext: (request: RefundRequest) => void;
  onClose: () => void;
}>;

type Kind = 'all' | 'amount' | 'places';

export function RefundForm({ sale, payment, error, before, onNext, onClose }: RefundFormProps) {
  const texts = useTexts(salesTexts);
  const { cancel } = useTexts(sharedTexts);
  const { money } = useFormats();
  const [kind, setKind] = useState<Kind>(kindOf(before));
  const [lacksPlace, setLacksPlace] = useState(false);
  const { amount: amountError } = fieldsOf(error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const request = read(event.currentTarget, kind);
    setLacksPlace(request.places?.length === 0);
    if (request.places?.length !== 0) onNext(request);
  };
  const option = (value: Kind, label: string) => (
    <Option label={label} isChosen={kind === value} onChoose={() => setKind(value)} />
  );
  return (
    <form onSubmit={submit}>
      <fieldset onChange={() => setLacksPlace(false)}>
        <legend>{texts.what}</legend>
        {option('all', texts.everything(money(leftOf(payment), payment.currency)))}
        {option('amount', texts.anAmount)}
        {kind === 'amount' && (
          <Field
            {...{ name: 'amount', label: texts.amount, defaultValue: before?.amount, required: true }}
            {...{ inputMode: 'decimal', pattern: String.raw`\d+([.,]\d+)?`, autoComplete: 'off' }}
            error={amountError === undefined ? undefined : (texts.amountError ?? amountError)}
          />
        )}
        {option('places', texts.somePlaces)}
        {kind === 'places' && <PlaceChoice {...{ sale, payment }} />}
        {lacksPlace && (
          <p className="field-error" role="alert">
            {texts.choosePlaces}
          </p>
        )}
      </fieldset>
      <Field
        {...{ name: 'reason', label: texts.reason, hint: texts.reasonHint, maxLength: 200 }}
        {...{ defaultValue: before?.reason, autoComplete: 'off' }}
      />
      <div className="row">
        <button type="submit" className="button button-main">
          {texts.next}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {cancel}
        </button>
      </div>
    </form>
  );
}

function kindOf(request: RefundRequest | undefined): Kind {
  if (request?.places) return 'places';
  return request?.amount === undefined ? 'all' : 'amount';
}

function read(form: HTMLFormElement, kind: Kind): RefundRequest {
  const reason = textOf(form, 'reason');
  const places = new FormData(form).getAll('place').map((value) => {
    const [ticketId = '', place] = typeof value === 'string' ? value.split('/') : [];
    return { ticketId, place: Number(place) };
  });
  return {
    ...(kind === 'amount' && { amount: textOf(form, 'amount').replace(',', '.') }),
    ...(kind === 'places' && { places }),
    ...(reason !== '' && { reason }),
  };
}

function Option({
  label,
  isChosen,
  onChoose,
}: Readonly<{ label: ReactNode; isChosen: boolean; onChoose: () => void }>) {
  return (
    <label className="check">
      <input type="radio" name="kind" checked={isChosen} onChange={onChoose} />
      <span>{label}</span>
    </label>
  );
}

/** The places that no refund has named. */
function PlaceChoice({ sale: { items }, payment: { refunds } }: Readonly<{ sale: Sale; payment: Payment }>) {
  const texts = useTexts(salesTexts);
  const { money, number } = useFormats();
  const named = new Set(
    refunds
      .filter(({ status }) => status !== 'failed')
      .flatMap(({ places = [] }) => places.map(({ ticketId, place }) => `${ticketId}/${place}`)),
  );
  return (
    <div className="place-choice">
      {items.flatMap(({ ticket, places }) =>
        places
          .filter((place) => !named.has(`${ticket.id}/${place}`))
          .map((place) => (
            <label className="check" key={`${ticket.id}/${place}`}>
              <input type="checkbox" name="place" value={`${ticket.id}/${place}`} />
              <span>
                {texts.place(ticket.title, number(place + 1), money(ticket.price, ticket.currency))}
              </span>
            </label>
          )),
      )}
    </div>
  );
}
