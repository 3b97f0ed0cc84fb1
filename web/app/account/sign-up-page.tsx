import { Page } from '../shared/page.js';

export function SignUpPage() {
  return <Page title="SignUpPage">{null}</Page>;
}
