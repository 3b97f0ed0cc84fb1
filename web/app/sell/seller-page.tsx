// The frame of the pages for sellers. Without a session it says what selling is.

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { useUser } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import './sell.css';
import { sellTexts } from './texts.js';

export function SellerPage({
  title,
  lead,
  next,
  children,
}: Readonly<{
  title: string;
  lead?: ReactNode;
  /** the path of this page, for after signing in */
  next: string;
  children: (userId: string) => ReactNode;
}>) {
  const { loading } = useTexts(sharedTexts);
  const texts = useTexts(sellTexts);
  const user = useUser();
  if (user === null)
    return (
      <Page key="signed-out" title={texts.title} lead={texts.lead} isWide>
        <AboutSelling next={next} />
      </Page>
    );
  return (
    <Page key="signed-in" title={title} {...(lead !== undefined && { lead })} isWide>
      {user ? children(user.id) : <p className="muted">{loading}</p>}
    </Page>
  );
}

function AboutSelling({ next }: Readonly<{ next: string }>) {
  const texts = useTexts(sellTexts);
  return (
    <>
      <h2>{texts.howTitle}</h2>
      <ol className="steps">
        {texts.how.map(([name, text]) => (
          <li key={name} className="card">
            <h3>{name}</h3>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <Link to="/signin" search={{ next }} className="button button-main">
        {texts.signIn}
      </Link>
    </>
  );
}
