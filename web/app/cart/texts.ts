import type { Texts } from '../shared/language.js';

const en = {
  title: 'Your cart',
  empty: 'Your cart is empty.',
  lead: 'One order for all places. They are yours for 15 minutes while you pay.',
  items: 'In your cart',
  places: 'Places',
  of: (title: string) => `of ${title}`,
  each: (price: string) => `${price} each`,
  remove: 'Remove',
  gone: 'This ticket is not for sale any more.',
  total: 'Total',
  buy: 'Buy',
  buying: 'Ordering …',
  getFree: 'Get it now',
  signInToBuy: 'Sign in to buy',
  own: 'This is your own ticket. Remove it to buy the others.',
  none: 'No place is free now. Remove this ticket to buy the others.',
  onlyFree: (places: string) => `Only ${places} free now.`,
  take: (places: string) => `Take ${places}`,
};

const de: typeof en = {
  title: 'Dein Warenkorb',
  empty: 'Dein Warenkorb ist leer.',
  lead: 'Eine Bestellung für alle Plätze. Sie gehören dir 15 Minuten lang, während du bezahlst.',
  items: 'In deinem Warenkorb',
  places: 'Plätze',
  of: (title: string) => `von ${title}`,
  each: (price: string) => `je ${price}`,
  remove: 'Entfernen',
  gone: 'Dieses Ticket ist nicht mehr im Verkauf.',
  total: 'Summe',
  buy: 'Kaufen',
  buying: 'Wird bestellt …',
  getFree: 'Jetzt nehmen',
  signInToBuy: 'Zum Kaufen anmelden',
  own: 'Das ist dein eigenes Ticket. Entferne es, um die anderen zu kaufen.',
  none: 'Im Moment ist kein Platz frei. Entferne dieses Ticket, um die anderen zu kaufen.',
  onlyFree: (places: string) => `Davon noch frei: ${places}.`,
  take: (places: string) => `${places} nehmen`,
};

export const cartTexts: Texts<typeof en> = { en, de };
