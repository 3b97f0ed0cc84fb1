// Stands in for the templates until they are merged.

import type { Kind, Mail, NoticeData, Recipient } from './types.js';

type Urls = Readonly<{ publicUrl: string; unsubscribe?: string }>;

export function render<K extends Kind>(kind: K, data: NoticeData[K], recipient: Recipient, urls: Urls): Mail {
  const text = `${summarize(kind, data, recipient)}\n${urls.publicUrl} ${urls.unsubscribe ?? ''}`;
  const title = 'lines' in data ? data.lines.map((line) => line.title).join(', ') : '';
  const link = 'link' in data ? data.link : '';
  return { subject: `${kind} ${title}`, text: `${text}\n${link}`, html: `<p>${kind}</p>` };
}

export const summarize = <K extends Kind>(kind: K, _data: NoticeData[K], { locale }: Recipient): string =>
  `${kind} (${locale})`;
