// The form of an offer, and the differences between two versions of it.

import { localTimeOf, momentOf } from './local-time.js';

type EventOffer = Readonly<{ name: string; venue: string; startsAt: string; timeZone: string }>;

export type Offer = Readonly<{
  title: string;
  price: string;
  currency: string;
  event?: EventOffer | undefined;
  quantity: number;
}>;

/** The offer of a ticket of the API. */
export const offerOf = ({ title, price, currency, event, quantity }: Offer): Offer => ({
  ...{ title, price, currency, quantity },
  ...(event && { event }),
});

/** The fields of the form, as text. */
export type Entered = Readonly<{
  title: string;
  price: string;
  currency: string;
  quantity: string;
  hasEvent: boolean;
  name: string;
  venue: string;
  localTime: string;
  timeZone: string;
}>;

/** The offer that was entered. A start that the seller has not touched keeps its seconds. */
export function offerFrom(entered: Entered, before?: Offer): Offer {
  const { title, currency, quantity, hasEvent, name, venue, localTime, timeZone } = entered;
  const price = entered.price.replace(',', '.');
  const offer = { title, price, currency, quantity: Number(quantity) };
  if (!hasEvent) return offer;
  const old = before?.event;
  const isKept = old?.timeZone === timeZone && localTimeOf(new Date(old.startsAt), timeZone) === localTime;
  const startsAt = isKept ? old.startsAt : (momentOf(localTime, timeZone)?.toISOString() ?? '');
  return { ...offer, event: { name, venue, startsAt, timeZone } };
}

export const offerFields = ['title', 'price', 'currency', 'event', 'quantity'] as const;
export type OfferField = (typeof offerFields)[number];

/** The fields in which two offers differ. */
export const differences = (a: Offer, b: Offer): readonly OfferField[] =>
  offerFields.filter((field) => valueOf(a, field) !== valueOf(b, field));

/** Merges the entered fields into `theirs`: fields that the seller left as `seen` are those of `theirs`. */
export function merge({ seen, theirs, mine }: Readonly<Record<'seen' | 'theirs' | 'mine', Offer>>): Offer {
  const entered = differences(seen, mine);
  const kept = offerFields.filter((field) => !entered.includes(field));
  return offerOf({ ...mine, ...Object.fromEntries(kept.map((field) => [field, theirs[field]])) });
}

function valueOf(offer: Offer, field: OfferField): string | number {
  if (field === 'price') return Number(offer.price);
  if (field !== 'event') return offer[field];
  const { event } = offer;
  return event ? JSON.stringify([event.name, event.venue, Date.parse(event.startsAt), event.timeZone]) : '';
}
