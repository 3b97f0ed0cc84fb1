import { Page } from '../shared/page.js';

export function SignInPage() {
  return <Page title="SignInPage">{null}</Page>;
}
