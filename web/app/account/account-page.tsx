import { Page } from '../shared/page.js';

export function AccountPage() {
  return <Page title="AccountPage">{null}</Page>;
}
