// The card form of a shop with Stripe: the number goes from an iframe of Stripe to Stripe only.
// https://docs.stripe.com/js/elements_object/create_element?type=card

import type { StripeCardElement } from '@stripe/stripe-js';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { ApiProblem } from '../shared/api.js';
import type { CardFormProps } from './card-form.js';
import { loadedStripe } from './stripe.js';
import { checkoutTexts } from './texts.js';

export function StripeCard({ isBusy, onPay, submit }: CardFormProps) {
  const texts = useTexts(checkoutTexts);
  const place = useRef<HTMLDivElement>(null);
  const [card, setCard] = useState<StripeCardElement>();
  const [hasFailed, setFailed] = useState(false);

  useEffect(() => {
    let element: StripeCardElement | undefined;
    let isLeft = false;
    const mount = async () => {
      const stripe = await loadedStripe();
      if (isLeft || !place.current) return;
      const { color } = getComputedStyle(place.current);
      element = stripe.elements().create('card', { style: { base: { color, fontSize: '16px' } } });
      element.mount(place.current);
      setCard(element);
    };
    mount().catch(() => setFailed(true));
    return () => {
      isLeft = true;
      element?.destroy();
    };
  }, []);

  const creating = useMutation({
    networkMode: 'always',
    mutationFn: async (element: StripeCardElement) => {
      const stripe = await loadedStripe();
      const { paymentMethod, error } = await stripe.createPaymentMethod({ type: 'card', card: element });
      if (error) throw new ApiProblem(400, error.code ?? '', error.message ?? '', {}, undefined, undefined);
      onPay(paymentMethod.id);
    },
  });

  if (hasFailed) return <p className="notice notice-problem">{texts.noStripe}</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (card) creating.mutate(card);
      }}
    >
      <div className="field">
        <p>
          <b>{texts.card}</b>
        </p>
        <div ref={place} className="card-input" />
      </div>
      <Problem error={creating.error} />
      {submit(!card || isBusy || creating.isPending)}
    </form>
  );
}
