import { Page } from '../shared/page.js';

export function OrderPage() {
  return <Page title="OrderPage">{null}</Page>;
}
