// A mail as plain strings. Text and HTML are both made from it, so that they say the same.

import type { Locale } from '@ticketing/common/events';
import { english } from './english.js';
import { userText, greetingName, oneLine } from './user-text.js';
import { formatFor, type Format } from './format.js';
import { german } from './german.js';
import type { Kind, NoticeData, Recipient } from './types.js';
import type { Content, OrderData, Wording } from './wording.js';

export type Urls = Readonly<{ publicUrl: string; unsubscribe?: string }>;
type Row = readonly [label: string, value: string];
type Table = Readonly<{ caption: string; rows: readonly Row[]; total: Row }>;
type Link = Readonly<{ label: string; link: string }>;

export type Letter = Readonly<{
  locale: Locale;
  subject: string;
  paragraphs: readonly string[];
  table?: Table;
  button?: Link & Readonly<{ hint: string }>;
  footer: Readonly<{ about: string; publicUrl: string; unsubscribe?: Link }>;
}>;

const wordings: Readonly<Record<Locale, Wording>> = { en: english, de: german };

export function writeLetter<K extends Kind>(
  kind: K,
  data: NoticeData[K],
  recipient: Recipient,
  { publicUrl, unsubscribe }: Urls,
): Letter {
  const { locale, name } = recipient;
  const wording = wordings[locale];
  const format = formatFor(recipient);
  const { subject, summary, paragraphs, order, button } = wording.contents[kind](data, format);
  return {
    locale,
    subject: oneLine(subject),
    paragraphs: [wording.greeting(greetingName(name)), summary, ...paragraphs].map(oneLine),
    ...(order && { table: tableOf(order, wording, format) }),
    ...(button && { button: { ...button, hint: wording.linkHint } }),
    footer: {
      about: wording.about,
      publicUrl,
      ...(unsubscribe !== undefined && { unsubscribe: { label: wording.unsubscribe, link: unsubscribe } }),
    },
  };
}

/** One line for the feed. Holds no link. */
export function summarize<K extends Kind>(kind: K, data: NoticeData[K], recipient: Recipient): string {
  const { summary }: Content = wordings[recipient.locale].contents[kind](data, formatFor(recipient));
  return oneLine(summary);
}

function tableOf({ orderId, lines, total, currency }: OrderData, wording: Wording, { money }: Format): Table {
  return {
    caption: wording.order(orderId),
    rows: lines.map(({ title, quantity, price }) => [
      oneLine(userText(title, 200)),
      `${quantity} × ${money(price, currency)}`,
    ]),
    total: [wording.total, money(total, currency)],
  };
}
