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
  changed: (title: string, price: string) =>
    `The seller has changed “${title}”. A place costs ${price} now. Nothing was ordered.`,
  accept: 'Buy at this price',
  onlyFreeOf: (title: string, places: string) =>
    `“${title}” has only ${places} free now. Nothing was ordered.`,
  taken: (title: string) => `“${title}” has no free place now. Nothing was ordered.`,
  lost: 'The server cannot be reached. Try again: you do not order twice.',
  errors: {
    'ticket-reserved': 'Another buyer was faster: these places are reserved now. Nothing was ordered.',
    'ticket-sold': 'A ticket of your cart is sold. Nothing was ordered.',
    'ticket-withdrawn': 'The seller has withdrawn a ticket of your cart. Remove it to buy the others.',
    'not-found': 'A ticket of your cart does not exist any more. Remove it to buy the others.',
    'own-ticket': 'You cannot buy your own ticket. Remove it to buy the others.',
    'several-sellers': 'One order has tickets of one seller. Remove those of the others.',
    'several-currencies': 'One order has tickets in one currency. Remove the others.',
    'total-too-high': 'The total is too high for one order. Choose fewer places.',
    'too-many-holds': 'You hold as many unpaid places as one buyer may. Pay or cancel another order first.',
    'too-many-holds-at-network':
      'The buyers at your network hold as many unpaid places as they may. Try again later.',
    'ticket-cool-down': 'You have given up one of these tickets several times. Try again in a while.',
    'ticket-version-unknown': 'A ticket has just been changed. Try again in a moment.',
    'invalid-input': 'This order is not possible. Check the places.',
  } as Readonly<Record<string, string>>,
};

const de: typeof en = {
  title: 'Dein Warenkorb',
  empty: 'Dein Warenkorb ist leer.',
  lead: 'Eine Bestellung für alle Plätze. 15 Minuten lang deine, während du bezahlst.',
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
  changed: (title: string, price: string) =>
    `„${title}“ wurde geändert. Ein Platz kostet jetzt ${price}. Es wurde nichts bestellt.`,
  accept: 'Zu diesem Preis kaufen',
  onlyFreeOf: (title: string, places: string) =>
    `Bei „${title}“ noch frei: ${places}. Es wurde nichts bestellt.`,
  taken: (title: string) => `Bei „${title}“ ist im Moment kein Platz frei. Es wurde nichts bestellt.`,
  lost: 'Der Server ist nicht erreichbar. Versuche es noch einmal: Du bestellst nicht doppelt.',
  errors: {
    'ticket-reserved': 'Jemand war schneller: Diese Plätze sind jetzt reserviert. Es wurde nichts bestellt.',
    'ticket-sold': 'Ein Ticket aus deinem Warenkorb ist verkauft. Es wurde nichts bestellt.',
    'ticket-withdrawn':
      'Ein Ticket aus deinem Warenkorb wurde zurückgezogen. Entferne es, um die anderen zu kaufen.',
    'not-found': 'Ein Ticket aus deinem Warenkorb gibt es nicht mehr. Entferne es, um die anderen zu kaufen.',
    'own-ticket': 'Dein eigenes Ticket kannst du nicht kaufen. Entferne es, um die anderen zu kaufen.',
    'several-sellers': 'Eine Bestellung geht an eine Person. Entferne die Tickets der anderen.',
    'several-currencies': 'Eine Bestellung hat eine Währung. Entferne die anderen Tickets.',
    'total-too-high': 'Die Summe ist zu hoch für eine Bestellung. Wähle weniger Plätze.',
    'too-many-holds':
      'Du hältst so viele unbezahlte Plätze, wie erlaubt sind. Bezahle oder storniere zuerst eine andere Bestellung.',
    'too-many-holds-at-network':
      'In deinem Netz werden so viele unbezahlte Plätze gehalten, wie erlaubt sind. Versuche es später.',
    'ticket-cool-down': 'Du hast eines dieser Tickets mehrmals aufgegeben. Versuche es in einer Weile.',
    'ticket-version-unknown': 'Ein Ticket wurde eben geändert. Versuche es gleich noch einmal.',
    'invalid-input': 'Diese Bestellung ist nicht möglich. Prüfe die Plätze.',
  },
};

export const cartTexts: Texts<typeof en> = { en, de };
