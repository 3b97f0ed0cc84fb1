import { cardByStaticId } from './cards.js';

export type PaymentMethod = Readonly<{
  id: string;
  created: number;
  /** The card's name in the table of cards. */
  card: string;
  metadata: Readonly<Record<string, string>>;
}>;

/** `pm_card_visa` and its like exist in every account, without having been made. */
export function staticPaymentMethod(id: string, now: number): PaymentMethod | undefined {
  const card = cardByStaticId(id);
  return card && { id, created: now, card: card.name, metadata: {} };
}
