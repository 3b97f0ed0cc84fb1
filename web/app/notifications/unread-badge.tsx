/** The number of unread messages; nothing without any. */
export function UnreadBadge() {
  return null;
}
