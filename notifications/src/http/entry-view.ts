import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { isLinkKind } from '../domain/notice.js';
import type { StoredEntry } from '../notices.js';
import { summarize } from '../templates/index.js';
import type { Kind, NoticeData, Recipient } from '../templates/types.js';

/** The kinds that the feed shows: all but links, which only the mailbox may hold. */
const FeedKind = z.enum([
  'order-placed',
  'order-paid',
  'order-expired',
  'order-cancelled',
  'order-refunded',
  'seller-sold',
  'seller-refunded',
  'new-sign-in',
  'password-changed',
] satisfies Kind[]);

export const EntryView = z
  .object({
    id: Id,
    kind: FeedKind,
    at: z.iso.datetime().meta({ description: 'When it happened.' }),
    isRead: z.boolean(),
    summary: z.string().meta({ description: 'One sentence in the language of the user.' }),
    orderId: Id.optional().meta({ description: 'The order that it is about.' }),
  })
  .meta({ id: 'Notification' });

export function viewEntry(entry: StoredEntry, recipient: Recipient): z.infer<typeof EntryView> {
  const { number: id, kind, data, at, isUnread } = entry;
  if (isLinkKind(kind)) throw new Error(`the feed does not show ${kind}`);
  return {
    ...{ id, kind: kind as z.infer<typeof FeedKind>, at: at.toISOString(), isRead: !isUnread },
    summary: summarize(kind, data as NoticeData[typeof kind], recipient),
    ...('orderId' in data && { orderId: data.orderId }),
  };
}
