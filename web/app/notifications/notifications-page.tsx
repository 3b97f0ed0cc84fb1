import { Page } from '../shared/page.js';

export function NotificationsPage() {
  return <Page title="NotificationsPage">{null}</Page>;
}
