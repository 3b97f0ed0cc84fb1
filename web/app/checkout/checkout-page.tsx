import { Page } from '../shared/page.js';

export function CheckoutPage() {
  return <Page title="CheckoutPage">{null}</Page>;
}
