// The card and the button to pay. Which form it is depends on the settings of the shop.

import { lazy, useId, type ReactNode } from 'react';
import { config } from '../shared/config.js';
import { textOf } from '../shared/form.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { useServerTime } from './countdown.js';
import { checkoutTexts } from './texts.js';
import type { Paying } from './use-payment.js';

export type CardFormProps = Readonly<{
  isBusy: boolean;
  onPay: (token: string) => void;
  submit: (isDisabled: boolean) => ReactNode;
}>;

const StripeCard = lazy(async () => ({ default: (await import('./stripe-card.js')).StripeCard }));

export function CardForm({ paying, total }: Readonly<{ paying: Paying; total: string }>) {
  const texts = useTexts(checkoutTexts);
  const { countdown } = useFormats();
  const { stripePublishableKey, cardsUrl } = config();
  const waitMs = paying.nextTryAt - useServerTime();
  const submit = (isDisabled: boolean) => (
    <div className="row">
      <button type="submit" className="button button-main" disabled={isDisabled || waitMs > 0}>
        {paying.isBusy ? texts.paying : texts.pay(total)}
      </button>
      {waitMs > 0 && (
        <span>
          {texts.nextTry}{' '}
          <span role="timer" className="price">
            {countdown(waitMs)}
          </span>
        </span>
      )}
    </div>
  );
  const props = { isBusy: paying.isBusy, onPay: paying.pay, submit };
  if (stripePublishableKey !== undefined) return <StripeCard {...props} />;
  if (cardsUrl !== undefined) return <TestCards {...props} />;
  return <p className="notice">{texts.noCards}</p>;
}

function TestCards({ isBusy, onPay, submit }: CardFormProps) {
  const { testCards, testCardsHint, cards } = useTexts(checkoutTexts);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onPay(textOf(event.currentTarget, 'token'));
      }}
    >
      <p className="muted">{testCardsHint}</p>
      <fieldset disabled={isBusy}>
        <legend>{testCards}</legend>
        {Object.entries(cards).map(([token, [name, effect]], index) => (
          <TestCard key={token} token={token} name={name} effect={effect} isFirst={index === 0} />
        ))}
      </fieldset>
      {submit(isBusy)}
    </form>
  );
}

type TestCardProps = Readonly<{ token: string; name: string; effect: string; isFirst: boolean }>;

function TestCard({ token, name, effect, isFirst }: TestCardProps) {
  const id = useId();
  return (
    <div className="test-card">
      <input id={id} type="radio" name="token" value={token} defaultChecked={isFirst} />
      <label htmlFor={id}>
        <b>{name}</b> <span className="muted">{effect}</span>
      </label>
    </div>
  );
}
