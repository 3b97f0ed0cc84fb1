import { useLanguage } from '../shared/language.js';

/** Times of day and durations, to the thousandth of a second. */
export function useClock() {
  const locale = { en: 'en-GB', de: 'de-DE' }[useLanguage().language];
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const decimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  return {
    timeOfDay: (iso: string): string => time.format(new Date(iso)),
    seconds: (ms: number): string => `${decimal.format(ms / 1_000)} s`,
  };
}
