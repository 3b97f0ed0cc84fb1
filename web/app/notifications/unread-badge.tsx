import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../shared/language.js';
import { unreadQuery } from './unread.js';

// Not in texts.ts: the header is a part of the first load.
const texts = { en: 'unread', de: 'ungelesen' };

/** The number of unread messages; nothing without any. */
export function UnreadBadge() {
  const word = useTexts(texts);
  const { data: unread = 0 } = useQuery(unreadQuery);
  if (unread === 0) return null;
  return (
    <span className="badge">
      {unread < 100 ? unread : '99+'} <span className="visually-hidden">{word}</span>
    </span>
  );
}
