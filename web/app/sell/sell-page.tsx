import { Page } from '../shared/page.js';

export function SellPage() {
  return <Page title="SellPage">{null}</Page>;
}
