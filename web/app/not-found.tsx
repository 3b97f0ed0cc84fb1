import { Link } from '@tanstack/react-router';
import { useTexts } from './shared/language.js';
import { Page } from './shared/page.js';
import { sharedTexts } from './shared/texts.js';

export function NotFound() {
  const texts = useTexts(sharedTexts);
  return (
    <Page title={texts.pageNotFound}>
      <Link to="/" className="button">
        {texts.toTickets}
      </Link>
    </Page>
  );
}
