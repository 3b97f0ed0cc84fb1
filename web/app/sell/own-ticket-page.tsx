import { Page } from '../shared/page.js';

export function OwnTicketPage() {
  return <Page title="OwnTicketPage">{null}</Page>;
}
