// Mails as pure functions of their data. `english.ts` and `german.ts` hold the words.

import { toHtml } from './html.js';
import { writeLetter, type Urls } from './letter.js';
import { toText } from './text.js';
import type { Kind, Mail, NoticeData, Recipient } from './types.js';

export { summarize } from './letter.js';
export type { Kind, Line, Mail, NoticeData, Recipient } from './types.js';

/**
 * `publicUrl` stands in the footer. `unsubscribe` is for mails that people can do without.
 * @throws RangeError if a date in the data is invalid
 */
export function render<K extends Kind>(kind: K, data: NoticeData[K], recipient: Recipient, urls: Urls): Mail {
  const letter = writeLetter(kind, data, recipient, urls);
  return { subject: letter.subject, text: toText(letter), html: toHtml(letter) };
}
