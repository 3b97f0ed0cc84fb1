// The challenge of the buyer's bank: by Stripe.js, or by the page of the local card network in a dialog.

import { useEffect, useRef, useState } from 'react';
import { api } from '../shared/api.js';
import { config } from '../shared/config.js';

/** The buyer has left the challenge without an answer. */
export class ChallengeLeft extends Error {
  override readonly name = 'ChallengeLeft';
}

export type OpenChallenge = Readonly<{ url: string; leave: () => void }>;

export function useChallenge(orderId: string) {
  const [challenge, setChallenge] = useState<OpenChallenge>();
  const leaving = useRef<AbortController>(undefined);
  const leave = () => leaving.current?.abort(new ChallengeLeft());
  useEffect(() => leave, []);

  /**
   * Resolves when the bank has an answer. The payment says which.
   * @throws ChallengeLeft
   */
  const approve = async (clientSecret: string): Promise<void> => {
    const { stripePublishableKey, cardsUrl = '' } = config();
    if (stripePublishableKey !== undefined) {
      const { loadedStripe } = await import('./stripe.js');
      await (await loadedStripe()).handleNextAction({ clientSecret });
      return;
    }
    leaving.current = new AbortController();
    setChallenge({ url: `${cardsUrl}/challenge?client_secret=${encodeURIComponent(clientSecret)}`, leave });
    try {
      await answered(orderId, leaving.current.signal);
    } finally {
      setChallenge(undefined);
    }
  };
  return { challenge, approve };
}

async function answered(orderId: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const result = await api.showPayment({ orderId }, { signal }).catch(() => undefined);
    signal.throwIfAborted();
    if (result?.ok ? result.data.status !== 'requires-action' : result?.status === 404) return;
    await aSecond(signal);
  }
}

const aSecond = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1_000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
