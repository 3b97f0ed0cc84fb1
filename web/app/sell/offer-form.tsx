// The form of an offer: title, price, places and event. The API's errors stand beside its fields.

import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Choice, Field } from '../shared/field.js';
import { textOf } from '../shared/form.js';
import { useLanguage, useTexts } from '../shared/language.js';
import { fieldsOf } from '../shared/problem.js';
import { currencies } from './currencies.js';
import { localTimeOf, ownTimeZone, timeZones } from './local-time.js';
import { offerFrom, type Offer } from './offer.js';
import { sellTexts } from './texts.js';

type OfferFormProps = Readonly<{
  /** what the form begins with */
  offer?: Offer;
  /** the currency of a new offer */
  currency?: string;
  submit: string;
  isBusy: boolean;
  error: unknown;
  onSubmit: (offer: Offer) => void;
  children?: ReactNode;
}>;

export function OfferForm({ offer, currency, submit, isBusy, error, onSubmit, children }: OfferFormProps) {
  const texts = useTexts(sellTexts);
  const [hasEvent, setHasEvent] = useState(offer ? offer.event !== undefined : true);
  const checkbox = useId();
  const errorOf = useFieldErrors(error);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [error]);
  const send = (sent: FormEvent<HTMLFormElement>) => {
    sent.preventDefault();
    onSubmit(read(sent.currentTarget, hasEvent, offer));
  };
  return (
    <form ref={form} onSubmit={send} className="card">
      <Field
        {...{ name: 'title', label: texts.ticketTitle, hint: texts.titleHint, error: errorOf('title') }}
        {...{ defaultValue: offer?.title, maxLength: 200, required: true, autoComplete: 'off' }}
      />
      <PriceFields {...{ offer, currency: offer?.currency ?? currency, errorOf }} />
      <p className="check">
        <input
          id={checkbox}
          type="checkbox"
          checked={hasEvent}
          onChange={({ currentTarget }) => setHasEvent(currentTarget.checked)}
        />
        <label htmlFor={checkbox}>{texts.hasEvent}</label>
      </p>
      {hasEvent && <EventFields {...{ offer, errorOf }} />}
      {children}
      <button type="submit" className="button button-main" disabled={isBusy}>
        {submit}
      </button>
    </form>
  );
}

function read(form: HTMLFormElement, hasEvent: boolean, offer: Offer | undefined): Offer {
  const text = (name: string) => textOf(form, name);
  const entered = {
    ...{ title: text('title'), price: text('price'), currency: text('currency'), quantity: text('quantity') },
    ...{ hasEvent, name: text('name'), venue: text('venue') },
    ...{ localTime: text('localTime'), timeZone: text('timeZone') },
  };
  return offerFrom(entered, offer);
}

type ErrorOf = (field: string) => string | undefined;

/** The sentence for a field: of the page in its language, or else the API's own. */
function useFieldErrors(error: unknown): ErrorOf {
  const { fieldErrors } = useTexts(sellTexts);
  const fields = fieldsOf(error);
  return (field) => (fields[field] === undefined ? undefined : (fieldErrors[field] ?? fields[field]));
}

function PriceFields({
  offer,
  currency,
  errorOf,
}: Readonly<{ offer: Offer | undefined; currency: string | undefined; errorOf: ErrorOf }>) {
  const texts = useTexts(sellTexts);
  const { language } = useLanguage();
  const names = new Intl.DisplayNames(language, { type: 'currency' });
  const price = language === 'de' ? offer?.price.replace('.', ',') : offer?.price;
  return (
    <>
      <div className="field-row">
        <Field
          {...{ name: 'price', label: texts.price, hint: texts.priceHint, error: errorOf('price') }}
          {...{
            defaultValue: price,
            inputMode: 'decimal',
            required: true,
            maxLength: 12,
            autoComplete: 'off',
          }}
        />
        <Choice name="currency" label={texts.currency} error={errorOf('currency')} defaultValue={currency}>
          {currencies.map((code) => (
            <option key={code} value={code}>
              {code.toUpperCase()} · {names.of(code.toUpperCase())}
            </option>
          ))}
        </Choice>
      </div>
      <Field
        {...{ name: 'quantity', label: texts.quantity, hint: texts.quantityHint, error: errorOf('quantity') }}
        {...{
          type: 'number',
          min: 1,
          max: 100_000,
          step: 1,
          defaultValue: offer?.quantity ?? 1,
          required: true,
        }}
      />
    </>
  );
}

function EventFields({ offer, errorOf }: Readonly<{ offer: Offer | undefined; errorOf: ErrorOf }>) {
  const texts = useTexts(sellTexts);
  const event = offer?.event;
  const timeZone = event?.timeZone ?? ownTimeZone();
  const startsAt = event && localTimeOf(new Date(event.startsAt), event.timeZone);
  return (
    <fieldset>
      <legend>{texts.event}</legend>
      <Field
        {...{ name: 'name', label: texts.eventName, error: errorOf('event.name'), autoComplete: 'off' }}
        {...{ defaultValue: event?.name, maxLength: 200, required: true }}
      />
      <Field
        {...{ name: 'venue', label: texts.venue, error: errorOf('event.venue'), autoComplete: 'off' }}
        {...{ defaultValue: event?.venue, maxLength: 200, required: true }}
      />
      <div className="field-row">
        <Field
          {...{ name: 'localTime', label: texts.startsAt, error: errorOf('event.startsAt') }}
          {...{ type: 'datetime-local', defaultValue: startsAt, max: '9999-12-30T00:00', required: true }}
        />
        <Choice
          {...{ name: 'timeZone', label: texts.timeZone, error: errorOf('event.timeZone') }}
          defaultValue={timeZone}
        >
          {timeZones(timeZone).map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll('_', ' ')}
            </option>
          ))}
        </Choice>
      </div>
    </fieldset>
  );
}
