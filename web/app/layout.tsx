// The header, the page and the footer.

import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useCart } from './cart/cart.js';
import { UnreadBadge } from './notifications/unread-badge.js';
import { config } from './shared/config.js';
import { languages, useLanguage, useTexts } from './shared/language.js';
import { useUser } from './shared/queries.js';
import { sharedTexts } from './shared/texts.js';

export function Layout() {
  const texts = useTexts(sharedTexts);
  return (
    <>
      <a className="skip" href="#content">
        {texts.skip}
      </a>
      <Header />
      <main id="content" tabIndex={-1}>
        <Suspense fallback={<p className="page muted">{texts.loading}</p>}>
          <Outlet />
        </Suspense>
      </main>
      <Footer />
    </>
  );
}

function Header() {
  const texts = useTexts(sharedTexts);
  const user = useUser();
  const { count } = useCart();
  return (
    <header className="header">
      <div className="header-inner">
        <Link to="/" className="brand">
          <img src="/icon.svg" alt="" width={32} height={32} />
          <span>Ticketing</span>
        </Link>
        <nav aria-label={texts.menu}>
          <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
            {texts.browse}
          </Link>
          <Link to="/sell">{texts.sell}</Link>
          {user && <Link to="/orders">{texts.orders}</Link>}
          {count > 0 && (
            <Link to="/cart">
              {texts.cart} <span className="badge">{count}</span>
            </Link>
          )}
          {user && (
            <Link to="/notifications">
              {texts.notifications} <UnreadBadge />
            </Link>
          )}
          {user?.role === 'operator' && <Link to="/office">{texts.office}</Link>}
          {user && <Link to="/account">{texts.account}</Link>}
          {user === null && <Link to="/signin">{texts.signIn}</Link>}
        </nav>
      </div>
    </header>
  );
}

function Footer() {
  const texts = useTexts(sharedTexts);
  const { language, setLanguage } = useLanguage();
  const { inboxUrl, inspectUrl } = config();
  return (
    <footer className="footer">
      <p>{texts.footer}</p>
      <p className="row">
        <a href="/api/docs">{texts.apiPage}</a>
        {inboxUrl !== undefined && <a href={inboxUrl}>{texts.inbox}</a>}
        {inspectUrl !== undefined && <Link to="/inspect">{texts.inspect}</Link>}
        <span role="group" aria-label={texts.language} className="row">
          {languages.map((name) => (
            <button
              key={name}
              type="button"
              lang={name}
              className="link"
              aria-pressed={name === language}
              onClick={() => setLanguage(name)}
            >
              {{ en: 'English', de: 'Deutsch' }[name]}
            </button>
          ))}
        </span>
      </p>
    </footer>
  );
}
