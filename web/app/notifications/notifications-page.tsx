// The messages to the user, newest first, and the choice of those that come by mail, too.

import type { DataOf } from '@ticketing/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SignedInOnly } from '../account/signed-in.js';
import { api, dataOf } from '../shared/api.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { PagedList, usePages } from '../shared/paging.js';
import { Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import './notifications.css';
import { Preferences } from './preferences.js';
import { notificationTexts } from './texts.js';
import { unreadQuery } from './unread.js';

type Entry = DataOf<'listNotifications'>['notifications'][number];

export function NotificationsPage() {
  const texts = useTexts(notificationTexts);
  return (
    <SignedInOnly path="/notifications">
      <Page title={texts.title} lead={texts.lead}>
        <Feed />
        <Preferences />
      </Page>
    </SignedInOnly>
  );
}

function Feed() {
  const texts = useTexts(notificationTexts);
  const { found, items: entries } = useFeed();
  const read = useMarkRead();
  return (
    <>
      <Unread isPending={read.isPending} newest={entries[0]} onReadAll={(upTo) => read.mutate({ upTo })} />
      <Problem error={read.error} />
      <PagedList found={found} label={texts.title} className="messages" none={texts.none}>
        {entries.map((entry) => (
          <Message key={entry.id} entry={entry} onOpen={() => read.mutate({ ids: [entry.id] })} />
        ))}
      </PagedList>
    </>
  );
}

const useFeed = () =>
  usePages({
    queryKey: ['notifications', 'feed'],
    refetchInterval: 60_000,
    read: async (page, options) => {
      const result = await api.listNotifications({ limit: 20, ...page }, options);
      const { unread, notifications: items } = dataOf(result);
      if (page.cursor === undefined) queryClient.setQueryData(unreadQuery.queryKey, unread);
      return { items, headers: result.headers };
    },
  });

function useMarkRead() {
  return useMutation({
    mutationFn: async (which: Readonly<{ ids: string[] } | { upTo: string }>) =>
      dataOf(await api.markNotificationsRead(which)),
    onSuccess: ({ unread }) => {
      queryClient.setQueryData(unreadQuery.queryKey, unread);
      return queryClient.invalidateQueries({ queryKey: ['notifications', 'feed'] });
    },
  });
}

type UnreadProps = Readonly<{
  newest: Entry | undefined;
  isPending: boolean;
  onReadAll: (upTo: string) => void;
}>;

function Unread({ newest, isPending, onReadAll }: UnreadProps) {
  const texts = useTexts(notificationTexts);
  const { data: unread = 0 } = useQuery(unreadQuery);
  if (!newest) return null;
  return (
    <div className="row messages-head">
      <span role="status" className="muted">
        {unread === 0 ? texts.allRead : texts.unreadCount(unread < 100 ? `${unread}` : '99+')}
      </span>
      {unread > 0 && (
        <button type="button" className="button" disabled={isPending} onClick={() => onReadAll(newest.id)}>
          {texts.markAll}
        </button>
      )}
    </div>
  );
}

function Message({ entry, onOpen }: Readonly<{ entry: Entry; onOpen: () => void }>) {
  const texts = useTexts(notificationTexts);
  const { moment } = useFormats();
  const { isRead, summary, at } = entry;
  return (
    <li className={isRead ? 'message' : 'message message-new'}>
      <p>
        {summary} {!isRead && <span className="tag">{texts.isNew}</span>}
      </p>
      <p className="row small">
        <time dateTime={at} className="muted">
          {moment(at)}
        </time>
        <Target entry={entry} onOpen={isRead ? undefined : onOpen} />
      </p>
    </li>
  );
}

/** A seller sees no order of a buyer, so sales lead to the sales. */
function Target({
  entry: { kind, orderId },
  onOpen,
}: Readonly<{ entry: Entry; onOpen: (() => void) | undefined }>) {
  const texts = useTexts(notificationTexts);
  if (kind === 'seller-sold' || kind === 'seller-refunded')
    return (
      <Link to="/sell" onClick={onOpen}>
        {texts.toSales}
      </Link>
    );
  if (orderId !== undefined)
    return (
      <Link to="/orders/$orderId" params={{ orderId }} onClick={onOpen}>
        {texts.toOrder}
      </Link>
    );
  return (
    <Link to="/account" onClick={onOpen}>
      {texts.toAccount}
    </Link>
  );
}
