import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../shared/language.js';
import { notificationTexts } from './texts.js';
import { unreadQuery } from './unread.js';

/** The number of unread messages; nothing without any. */
export function UnreadBadge() {
  const texts = useTexts(notificationTexts);
  const { data: unread = 0 } = useQuery(unreadQuery);
  if (unread === 0) return null;
  return (
    <span className="badge">
      {unread < 100 ? unread : '99+'} <span className="visually-hidden">{texts.unread}</span>
    </span>
  );
}
