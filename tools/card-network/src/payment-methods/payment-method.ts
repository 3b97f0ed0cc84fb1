import { cardByStaticId, cardNamed, type Card } from './cards.js';

export type PaymentMethod = Readonly<{
  id: string;
  created: number;
  /** The name of the card in `cards.ts`. */
  card: string;
  metadata: Readonly<Record<string, string>>;
}>;

export function cardOf({ card: name }: PaymentMethod): Card {
  const card = cardNamed(name);
  if (card === undefined) throw new Error(`The ledger refers to an unknown card: ${name}`);
  return card;
}

/** Static payment methods such as `pm_card_visa` exist in every account. */
export function staticPaymentMethod(id: string, now: number): PaymentMethod | undefined {
  const card = cardByStaticId(id);
  return card && { id, created: now, card: card.name, metadata: {} };
}
