import { Page } from '../shared/page.js';

export function NewTicketPage() {
  return <Page title="NewTicketPage">{null}</Page>;
}
