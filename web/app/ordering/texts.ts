// The outcomes of an order that was not placed.

import type { Texts } from '../shared/language.js';

const en = {
  changed: (title: string, price: string) =>
    `The seller has changed “${title}”. A place costs ${price} now. Nothing was ordered.`,
  accept: 'Buy at this price',
  onlyFreeOf: (title: string, places: string) =>
    `“${title}” has only ${places} free now. Nothing was ordered.`,
  taken: (title: string) => `“${title}” has no free place now. Nothing was ordered.`,
  lost: 'The server cannot be reached. Try again: the order is not placed twice.',
  errors: {
    'ticket-reserved': 'Another buyer was faster: these places are reserved now. Nothing was ordered.',
    'ticket-sold': 'This ticket is sold. Nothing was ordered.',
    'ticket-withdrawn': 'The seller has withdrawn this ticket.',
    'not-found': 'This ticket does not exist any more.',
    'own-ticket': 'You cannot buy your own ticket.',
    'several-sellers': 'An order can only have tickets of one seller. Remove those of the others.',
    'several-currencies': 'An order can only have tickets in one currency. Remove the others.',
    'total-too-high': 'The total is too high for one order. Choose fewer places.',
    'too-many-holds': 'You have reached the limit of unpaid places. Pay or cancel another order first.',
    'too-many-holds-at-network':
      'The buyers in your network have reached the limit of unpaid places. Try again later.',
    'ticket-cool-down': 'You have given up one of these tickets several times. Try again in a while.',
    'ticket-version-unknown': 'A ticket has just been changed. Try again in a moment.',
    'invalid-input': 'This order is not possible. Check the places.',
  } as Readonly<Record<string, string>>,
};

const de: typeof en = {
  changed: (title: string, price: string) =>
    `„${title}“ wurde geändert. Ein Platz kostet jetzt ${price}. Es wurde nichts bestellt.`,
  accept: 'Zu diesem Preis kaufen',
  onlyFreeOf: (title: string, places: string) =>
    `Bei „${title}“ noch frei: ${places}. Es wurde nichts bestellt.`,
  taken: (title: string) => `Bei „${title}“ ist im Moment kein Platz frei. Es wurde nichts bestellt.`,
  lost: 'Der Server ist nicht erreichbar. Versuche es noch einmal: Du bestellst nicht doppelt.',
  errors: {
    'ticket-reserved': 'Jemand war schneller: Diese Plätze sind jetzt reserviert. Es wurde nichts bestellt.',
    'ticket-sold': 'Das Ticket ist verkauft. Es wurde nichts bestellt.',
    'ticket-withdrawn': 'Das Ticket wurde zurückgezogen.',
    'not-found': 'Das Ticket gibt es nicht mehr.',
    'own-ticket': 'Dein eigenes Ticket kannst du nicht kaufen.',
    'several-sellers': 'Eine Bestellung enthält nur Tickets derselben Person. Entferne die der anderen.',
    'several-currencies': 'Eine Bestellung enthält nur Tickets in einer Währung. Entferne die anderen.',
    'total-too-high': 'Die Summe ist zu hoch für eine Bestellung. Wähle weniger Plätze.',
    'too-many-holds':
      'Mehr unbezahlte Plätze sind nicht erlaubt. Bezahle oder storniere zuerst eine andere Bestellung.',
    'too-many-holds-at-network':
      'Aus deinem Netz sind schon so viele Plätze reserviert, wie erlaubt sind. Versuche es später.',
    'ticket-cool-down': 'Du hast eines dieser Tickets mehrmals aufgegeben. Versuche es in einer Weile.',
    'ticket-version-unknown': 'Ein Ticket wurde eben geändert. Versuche es gleich noch einmal.',
    'invalid-input': 'Diese Bestellung ist nicht möglich. Prüfe die Plätze.',
  },
};

export const orderingTexts: Texts<typeof en> = { en, de };
