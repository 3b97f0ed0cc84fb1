import { Link } from '@tanstack/react-router';
import { Failure } from '../shared/failure.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { sharedTexts } from '../shared/texts.js';
import { ordersTexts } from './texts.js';

/** The page of an order that is loading or cannot be shown. */
export function NotShown({ error, onRetry }: Readonly<{ error: unknown; onRetry: () => void }>) {
  const texts = useTexts(ordersTexts);
  const { loading } = useTexts(sharedTexts);
  if (!error) return <Page title={loading}>{null}</Page>;
  return (
    <Page key="error" title={texts.order}>
      <Failure error={error} sentences={texts.errors} lost={texts.lost} onRetry={onRetry} />
      <Link to="/orders" className="button">
        {texts.toOrders}
      </Link>
    </Page>
  );
}
