import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { useUser } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { officeTexts } from './texts.js';

/** Shows its children to operators. The services refuse everybody else by themselves. */
export function OfficeGate({ children }: Readonly<{ children: ReactNode }>) {
  const texts = useTexts(officeTexts);
  const shared = useTexts(sharedTexts);
  const user = useUser();
  if (user?.role === 'operator') return children;
  if (user === undefined) return <p className="page muted">{shared.loading}</p>;
  return (
    <Page title={texts.title}>
      <p>{texts.operatorsOnly}</p>
      {user === null && (
        <Link to="/signin" search={{ next: '/office' }} className="button button-main">
          {shared.signIn}
        </Link>
      )}
    </Page>
  );
}
