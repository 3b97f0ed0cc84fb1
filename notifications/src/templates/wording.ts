// The wording of a language. Forgetting a kind of mail in a language does not compile.

import { userText } from './user-text.js';
import type { Format } from './format.js';
import type { Kind, Line, NoticeData } from './types.js';

export type OrderData = NoticeData['order-paid'];

export type Content = Readonly<{
  subject: string;
  /** the first paragraph of the mail, and the whole entry in the feed */
  summary: string;
  paragraphs: readonly string[];
  /** the order whose tickets and total the mail lists */
  order?: OrderData;
  button?: Readonly<{ label: string; link: string }>;
}>;

export type Wording = Readonly<{
  greeting: (name: string | undefined) => string;
  order: (orderId: string) => string;
  total: string;
  linkHint: string;
  about: string;
  unsubscribe: string;
  contents: Readonly<{ [K in Kind]: (data: NoticeData[K], format: Format) => Content }>;
}>;

export const isFree = ({ total }: OrderData) => Number(total) === 0;

type TicketWords = Readonly<{
  quoted: (title: string) => string;
  more: (tickets: number) => string;
  unnamed: string;
}>;

/** The tickets of an order in a few words: `4 × “Final” and 2 more tickets`. */
export const ticketsIn =
  ({ quoted, more, unnamed }: TicketWords) =>
  ({ lines: [first, ...others] }: OrderData): string => {
    if (!first) return unnamed;
    const count = others.reduce((sum: number, { quantity }: Line) => sum + quantity, 0);
    const title = quoted(userText(first.title, 60));
    return (first.quantity === 1 ? title : `${first.quantity} × ${title}`) + (count === 0 ? '' : more(count));
  };
