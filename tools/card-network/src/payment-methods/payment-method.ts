import { cardByStaticId } from './cards.js';

export type PaymentMethod = Readonly<{
  id: string;
  created: number;
  /** The name of the card in `cards.ts`. */
  card: string;
  metadata: Readonly<Record<string, string>>;
}>;

/** Static payment methods such as `pm_card_visa` exist in every account. */
export function staticPaymentMethod(id: string, now: number): PaymentMethod | undefined {
  const card = cardByStaticId(id);
  return card && { id, created: now, card: card.name, metadata: {} };
}
