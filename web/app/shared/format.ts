// Money and times as people read them.

import { useLanguage, type Language } from './language.js';

export type Formats = ReturnType<typeof formatsIn>;

/** Formats for the language of the page. */
export const useFormats = (): Formats => formatsIn(useLanguage().language);

export function formatsIn(language: Language) {
  const locale = { en: 'en-GB', de: 'de-DE' }[language];
  const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  return {
    /** `price` is a decimal of the API, such as "19.90" */
    money: (price: string, currency: string): string =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(
        price as Intl.StringNumericLiteral,
      ),
    number: (value: number): string => new Intl.NumberFormat(locale).format(value),
    /** "1, 2 and 5" */
    list: (parts: readonly string[]): string => new Intl.ListFormat(locale).format(parts),
    /** An event's start, in the time zone of its venue. */
    eventTime: ({ startsAt, timeZone }: Readonly<{ startsAt: string; timeZone: string }>): string =>
      date({ dateStyle: 'full', timeStyle: 'short', timeZone }).format(new Date(startsAt)),
    /** The day and the month of an event, as on a calendar. */
    eventDay: ({ startsAt, timeZone }: Readonly<{ startsAt: string; timeZone: string }>) => ({
      day: date({ day: 'numeric', timeZone }).format(new Date(startsAt)).replace('.', ''),
      month: date({ month: 'short', timeZone }).format(new Date(startsAt)),
    }),
    /** A moment, in the time zone of the reader. */
    moment: (iso: string): string => date({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)),
    /** When something is possible again: "in 12 seconds", "in 3 hours". Parts are rounded up. */
    fromNow: (seconds: number): string => {
      const words = new Intl.RelativeTimeFormat(locale);
      if (seconds < 120) return words.format(seconds, 'second');
      const minutes = Math.ceil(seconds / 60);
      return minutes < 120
        ? words.format(minutes, 'minute')
        : words.format(Math.ceil(seconds / 3_600), 'hour');
    },
    /** The time of a day, in the time zone of the reader. */
    timeOfDay: (iso: string): string => date({ timeStyle: 'short' }).format(new Date(iso)),
    /** `m:ss`; never below zero */
    countdown: (milliseconds: number): string => {
      const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
      return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`;
    },
  };
}
