// Money and time in the language and time zone of the recipient.

import type { Currency } from '@ticketing/common/money';
import { LRUCache } from 'lru-cache';
import type { Recipient } from './types.js';

export type Format = ReturnType<typeof formatFor>;

// To make a format takes longer than to write the rest of a mail.
const kept = { max: 100 };
const moneyFormats = new LRUCache<string, Intl.NumberFormat>(kept);
const timeFormats = new LRUCache<string, Intl.DateTimeFormat>(kept);

export function formatFor({ locale, timeZone }: Recipient) {
  return {
    /** `price` is a decimal string: at most eight digits, which a number holds exactly. */
    money: (price: string, currency: Currency) =>
      keptIn(moneyFormats, `${locale} ${currency}`, () => moneyIn(locale, currency)).format(Number(price)),
    /** @throws RangeError if the date is invalid */
    time: (at: Date) =>
      keptIn(timeFormats, `${locale} ${timeZone}`, () => timesIn(locale, timeZone)).format(at),
  };
}

function keptIn<Format extends object>(
  formats: LRUCache<string, Format>,
  key: string,
  make: () => Format,
): Format {
  const format = formats.get(key) ?? make();
  formats.set(key, format);
  return format;
}

const moneyIn = (locale: string, currency: Currency) =>
  new Intl.NumberFormat(locale, { style: 'currency', currency });

function timesIn(locale: string, timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, { ...timeParts, timeZone });
  } catch {
    // auth may know a newer time zone. The mail names the zone, so that UTC is not misread.
    return new Intl.DateTimeFormat(locale, { ...timeParts, timeZone: 'UTC' });
  }
}

const timeParts = {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short',
} as const;
