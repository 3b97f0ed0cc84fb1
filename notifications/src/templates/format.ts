// Money and time in the language and time zone of the recipient.

import type { Currency } from '@ticketing/common/money';
import type { Recipient } from './types.js';

export type Format = ReturnType<typeof formatFor>;

export function formatFor({ locale, timeZone }: Recipient) {
  const times = timesIn(locale, timeZone);
  return {
    /** `price` is a decimal string: at most eight digits, which a number holds exactly. */
    money: (price: string, currency: Currency) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(Number(price)),
    /** @throws RangeError if the date is invalid */
    time: (at: Date) => times.format(at),
  };
}

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
