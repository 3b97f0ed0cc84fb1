import { Page } from '../shared/page.js';

export function OrdersPage() {
  return <Page title="OrdersPage">{null}</Page>;
}
