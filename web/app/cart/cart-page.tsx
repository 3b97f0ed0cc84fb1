import { Page } from '../shared/page.js';

export function CartPage() {
  return <Page title="CartPage">{null}</Page>;
}
