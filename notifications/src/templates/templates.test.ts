import { Locale } from '@ticketing/common/events';
import { Currency, toDecimal } from '@ticketing/common/money';
import { formatFor } from './format.js';
import { render, summarize, type Kind, type Line, type NoticeData, type Recipient } from './index.js';
import { samples } from './samples.js';

const urls = { publicUrl: 'https://tickets.example', unsubscribe: 'https://tickets.example/off?a=1&b=2' };
const berlin = { name: 'Ada Lovelace', locale: 'en', timeZone: 'Europe/Berlin' } as const;
const kinds = Object.keys(samples) as Kind[];
const every = Locale.options.flatMap((locale) => kinds.map((kind) => [kind, locale] as const));

/** The words that a reader sees, one space between them. */
const textOf = (html: string) =>
  html
    .replace(/<head>.*<\/head>/s, '')
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');

const mailOf = <K extends Kind>(
  kind: K,
  recipient: Partial<Recipient> = {},
  data: Partial<NoticeData[K]> = {},
) => {
  const { subject, text, html } = render(
    kind,
    { ...samples[kind], ...data },
    { ...berlin, ...recipient },
    urls,
  );
  return { subject, text: text.replaceAll(/[^\S\n]+/g, ' '), html, words: textOf(html) };
};
const titled = (title: string): { lines: Line[] } => ({ lines: [{ title, quantity: 1, price: '19.99' }] });

/** Each kind must say this, in text and HTML. */
const tickets = ['Row 3, Seat 7', 'Standing area', '65f1c0ffee65f1c0ffee0001'];
const total = { en: '€2,118.99', de: '2.118,99 €' };
const part = { en: '€19.99', de: '19,99 €' };
const prices = { en: ['1 × €19.99', '2 × €1,049.50'], de: ['1 × 19,99 €', '2 × 1.049,50 €'] };
const order = (locale: Locale) => [...tickets, ...prices[locale], total[locale]];
const moment = {
  en: 'Friday, November 27, 2026 at 10:49 PM GMT+1',
  de: 'Freitag, 27. November 2026 um 22:49 MEZ',
};
const facts: Record<Kind, (locale: Locale) => string[]> = {
  'order-placed': (locale) => [...order(locale), moment[locale]],
  'order-paid': (locale) => [...order(locale)],
  'order-expired': (locale) => [...order(locale)],
  'order-cancelled': (locale) => [...order(locale)],
  'order-refunded': (locale) => [...order(locale)],
  'seller-sold': (locale) => [...order(locale)],
  'seller-refunded': (locale) => [...order(locale), part[locale]],
  welcome: () => [samples.welcome.link],
  'verify-email': () => [samples['verify-email'].link],
  'reset-password': (locale) => [samples['reset-password'].link, moment[locale]],
  'confirm-email-change': (locale) => [
    samples['confirm-email-change'].link,
    'ada@new.example',
    moment[locale],
  ],
  'new-sign-in': (locale) => ['Firefox on Linux', moment[locale]],
  'password-changed': (locale) => [moment[locale]],
};

describe.each(every)('%s in %s', (kind, locale) => {
  const { subject, text, html, words } = mailOf(kind, { locale });

  test('text and HTML both state all facts', () => {
    for (const fact of [...facts[kind](locale), 'Ada Lovelace', urls.publicUrl]) {
      expect(text).toContain(fact);
      expect(words).toContain(fact);
    }
  });

  test('text and HTML have the same sentences', () => {
    const paragraphs = text.split('\n\n').filter((block) => !block.includes('\n'));
    expect(paragraphs.length).toBeGreaterThanOrEqual(3);
    for (const paragraph of paragraphs) expect(words).toContain(paragraph);
  });

  test('no value is missing, and the subject is a short line', () => {
    for (const part of [subject, text, html]) expect(part).not.toMatch(/undefined|null|NaN|Invalid|\[object/);
    expect(subject).toMatch(/^[^\p{Control}]{10,150}$/u);
  });

  test('the HTML states its language, loads nothing and runs nothing', () => {
    expect(html).toContain(`<html lang="${locale}"`);
    expect(html).not.toMatch(/<(img|script|link|iframe|form|input)\b|\burl\(|@import|\ssrc=|\son\w+=/i);
  });

  test('the unsubscribe link stands in both, and only if there is one', () => {
    expect(text).toContain(urls.unsubscribe);
    expect(html).toContain('href="https://tickets.example/off?a=1&amp;b=2"');
    const plain = render(kind, samples[kind], { ...berlin, locale }, { publicUrl: urls.publicUrl });
    expect(plain.text + plain.html).not.toMatch(/unsubscribe|abbestellen/i);
  });

  test('the feed gets the first sentence of the mail, on one line, without a link', () => {
    const summary = summarize(kind, samples[kind], { ...berlin, locale });
    expect(text).toContain(summary.replaceAll(/\s/g, ' '));
    expect(summary).not.toMatch(/\n|https?:/);
  });
});

test('the languages differ in every sentence', () => {
  for (const kind of kinds) {
    const [en, de] = [mailOf(kind), mailOf(kind, { locale: 'de' })];
    expect(en.subject).not.toBe(de.subject);
    const german = new Set(de.text.split('\n\n').filter((block) => !block.startsWith('http')));
    expect(en.text.split('\n\n').filter((block) => german.has(block))).toEqual([]);
  }
});

describe('variants', () => {
  test.each([
    ['a cancellation by an operator', 'order-cancelled', { byOperator: true }, /support/, /Kundendienst/],
    ['a partial refund', 'order-refunded', { isWhole: false, amount: '19.99' }, /part of/, /Teil/],
    ['a whole refund to the seller', 'seller-refunded', { isWhole: true }, /has ended/, /beendet/],
    ['a password changed by a link', 'password-changed', { by: 'reset' }, /by the link/, /über den Link/],
    ['a free order', 'order-paid', { total: '0.00' }, /costs nothing/, /kostet nichts/],
    ['a device without a name', 'new-sign-in', { device: '' }, /an unknown device/, /unbekannten Gerät/],
  ] as const)('%s is told as such', (_name, kind, data, en, de) => {
    for (const [locale, words] of [
      ['en', en],
      ['de', de],
    ] as const) {
      expect(mailOf(kind, { locale }).text).not.toMatch(words);
      const varied = mailOf(kind, { locale }, data);
      expect(varied.text).toMatch(words);
      expect(varied.words).toMatch(words);
    }
  });

  test('the tickets of an order are counted', () => {
    const line = (quantity: number) => ({ title: 'Final', quantity, price: '5.00' });
    const subjectOf = (lines: Line[], locale: Locale = 'en') =>
      mailOf('seller-sold', { locale }, { lines }).subject;
    expect(subjectOf([line(1)])).toBe('Sold: “Final”');
    expect(subjectOf([line(4), line(1)])).toBe('Sold: 4 × “Final” and 1 more ticket');
    expect(subjectOf([line(1), line(2), line(3)])).toBe('Sold: “Final” and 5 more tickets');
    expect(subjectOf([line(2), line(3)], 'de')).toBe('Verkauft: 2 × „Final“ und 3 weitere Tickets');
    expect(subjectOf([])).toBe('Sold: the tickets');
  });

  test('twenty lines are all listed', () => {
    const lines = Array.from({ length: 20 }, (_, at) => ({
      title: `Seat <${at}>`,
      quantity: 1,
      price: '1.00',
    }));
    const { text, words } = mailOf('order-paid', {}, { lines });
    for (const { title } of lines) for (const part of [text, words]) expect(part).toContain(title);
  });
});

describe('money and time', () => {
  test.each(Currency.options)('all digits of an amount in %s are shown', (currency) => {
    for (const locale of Locale.options) {
      const shown = formatFor({ locale, timeZone: 'UTC' }).money(toDecimal(12_345_678, currency), currency);
      expect(shown.replaceAll(/\D/g, '')).toBe('12345678');
    }
  });

  test.each([
    ['Europe/Berlin', '10:49 PM GMT+1', '22:49 MEZ'],
    ['America/New_York', '4:49 PM EST', '16:49 GMT-5'],
    ['Asia/Kolkata', '3:19 AM GMT+5:30', '03:19 GMT+5:30'],
    ['Mars/Olympus', '9:49 PM UTC', '21:49 UTC'],
  ])('a deadline stands in the time of %s, with the name of the zone', (timeZone, en, de) => {
    expect(mailOf('order-placed', { timeZone }).text).toContain(en);
    expect(mailOf('order-placed', { timeZone, locale: 'de' }).words).toContain(de);
  });

  test('an invalid date is an error, not a mail', () => {
    expect(() => mailOf('new-sign-in', {}, { at: new Date('never') })).toThrow(RangeError);
  });
});

describe('hostile and unusual values', () => {
  const attack = `"><script>alert('1')</script>&amp;<a href="javascript:x">`;

  test('every value is escaped in HTML', () => {
    const mails = [
      mailOf('order-paid', { name: attack.replaceAll(/[/:]/g, '') }, titled(attack)),
      mailOf('new-sign-in', {}, { device: attack }),
      mailOf('confirm-email-change', {}, { newEmail: attack, link: attack }),
      { ...mailOf('order-paid', {}, { orderId: attack }) },
    ];
    for (const { html, words } of mails) {
      expect(html).not.toMatch(/<script|<a href="javascript|">alert|&amp;<a/);
      expect(words).toContain('alert');
    }
    const { html } = render('welcome', { link: attack }, berlin, { publicUrl: attack, unsubscribe: attack });
    expect(html).not.toMatch(/<script|<a href="javascript/);
  });

  test.each(['\r\nBcc: all@example.com\r\n\r\nBuy', '\u2028Bcc: x', '\u0085Bcc: x', '\u0000Bcc: x'])(
    'the title %j begins no header and no line',
    (suffix) => {
      for (const kind of kinds.filter((each) => 'lines' in samples[each])) {
        const { subject, text } = mailOf(kind, {}, titled(`Final${suffix}`));
        expect(subject).not.toMatch(/[\p{Control}\u2028\u2029]/u);
        expect(text).not.toMatch(/^Bcc/m);
        expect(text).not.toMatch(/(?!\n)[\p{Control}\u2028\u2029]/u);
        const data = { ...samples[kind], ...titled(`Final${suffix}`) };
        expect(summarize(kind, data, berlin)).not.toMatch(/[\p{Control}\u2028\u2029]/u);
      }
    },
  );

  test('names, devices and addresses begin no line', () => {
    const texts = [
      mailOf('welcome', { name: 'Ada\r\nBcc x' }),
      mailOf('new-sign-in', {}, { device: 'A\nBcc x' }),
      mailOf('confirm-email-change', {}, { newEmail: 'a@b.example\nBcc x' }),
    ].map(({ text }) => text);
    for (const text of texts) expect(text).toMatch(/^(?!Bcc).*Bcc x/m);
    for (const text of texts) expect(text).not.toMatch(/^Bcc/m);
  });

  test.each(['x'.repeat(100_000), '👩‍👩‍👧‍👦'.repeat(50), `e${'\u0301'.repeat(5_000)}`, 'é'.repeat(200)])(
    'a title of any length leaves a short subject without half a character (%#)',
    (title) => {
      const lines = [
        { ...titled(title).lines[0], quantity: 99_999 },
        { title, quantity: 99_999, price: '1.00' },
      ];
      for (const locale of Locale.options) {
        const { subject, text } = mailOf('order-paid', { locale }, { lines } as { lines: Line[] });
        expect(subject.length).toBeLessThanOrEqual(150);
        expect(subject).toMatch(/…[”“] (and|und) \d/);
        expect(subject).not.toMatch(/\p{Surrogate}|\u200D…/u);
        expect(text.length).toBeLessThan(2_000);
      }
    },
  );

  test.each(Locale.options)('long names, devices and addresses are shortened in %s', (locale) => {
    const long = 'x'.repeat(10_000);
    for (const { text } of [
      mailOf('welcome', { locale, name: long }),
      mailOf('new-sign-in', { locale }, { device: long }),
      mailOf('confirm-email-change', { locale }, { newEmail: long }),
    ]) {
      expect(text).toContain('xxx…');
      expect(text.length).toBeLessThan(1_500);
    }
  });

  test('half an emoji becomes a replacement character', () => {
    const { subject, text } = mailOf('order-paid', {}, titled('Final \uD83D'));
    expect(subject).toContain('“Final \uFFFD”');
    expect(text).not.toMatch(/\p{Surrogate}/u);
  });

  test('right-to-left text is isolated, and overrides are removed', () => {
    const { subject, words } = mailOf('order-paid', {}, titled('\u202Eحفلة القاهرة 2'));
    expect(subject).toContain('“\u2068حفلة القاهرة 2\u2069”');
    expect(words).toContain('\u2068حفلة القاهرة 2\u2069');
    expect(mailOf('order-paid', {}, titled('abc\u202Edef\u2069')).subject).toContain('“abcdef”');
  });

  test.each(kinds)('the German mail %s says "du", as the shop does', (kind) => {
    expect(mailOf(kind, { locale: 'de' }).words).not.toMatch(/\b(Sie|Ihnen|Ihre?[mnrs]?)\b/);
  });

  test.each(['Win at evil.example', 'https://evil.example', 'www.evil.example', 'a@evil.example', '', ' \n'])(
    'the name %j is not in the greeting',
    (name) => {
      expect(mailOf('welcome', { name }).text).toMatch(/^Hello,\n/);
      expect(mailOf('welcome', { name, locale: 'de' }).text).toMatch(/^Hallo,\n/);
    },
  );

  test.each(['Ada', 'J. R. R. Tolkien', "Sinéad O'Connor", '李小龍'])('%s is greeted by name', (name) => {
    expect(mailOf('welcome', { name }).text).toMatch(new RegExp(`^Hello ${name},\n`));
    expect(mailOf('welcome', { name }).words).toContain(`Hello ${name},`);
  });
});
