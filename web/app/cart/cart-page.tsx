// The cart: what one order will hold, at the prices and with the free places of this moment.

import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { OrderOutcome } from '../ordering/order-outcome.js';
import { useOrder } from '../ordering/use-order.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { useLiveTickets } from '../shared/live.js';
import { Page } from '../shared/page.js';
import { ticketQuery, useUser } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import './cart.css';
import { CartEntry } from './cart-item.js';
import { changeItem, setCart, useCart, type CartItem } from './cart.js';
import { cartTexts } from './texts.js';
import { totalOf } from './total.js';

export function CartPage() {
  const texts = useTexts(cartTexts);
  const shared = useTexts(sharedTexts);
  const { items, count } = useCart();
  useLiveTickets(items.map(({ ticketId }) => ticketId));
  if (items.length === 0)
    return (
      <Page key="empty" title={texts.title} lead={texts.empty}>
        <Link to="/" className="button button-main">
          {shared.toTickets}
        </Link>
      </Page>
    );
  return (
    <Page title={texts.title} lead={texts.lead}>
      <ul className="cart-items stack" aria-label={texts.items}>
        {items.map((item) => (
          <li key={item.ticketId}>
            <CartEntry item={item} others={count - item.quantity} />
          </li>
        ))}
      </ul>
      <Buy items={items} count={count} />
    </Page>
  );
}

function Buy({ items, count }: Readonly<{ items: readonly CartItem[]; count: number }>) {
  const texts = useTexts(cartTexts);
  const shared = useTexts(sharedTexts);
  const user = useUser();
  const order = useOrder(() => setCart([]));
  const total = useTotal(items);
  return (
    <section className="card" aria-label={texts.total}>
      <p className="cart-sum">
        <span>
          {texts.total} <span className="muted">({shared.places(count)})</span>
        </span>
        <span className="price total" aria-live="polite">
          {total?.text}
        </span>
      </p>
      {user === null ? (
        <Link to="/signin" search={{ next: '/cart' }} className="button button-main">
          {texts.signInToBuy}
        </Link>
      ) : (
        <button
          type="button"
          className="button button-main"
          disabled={order.isPending || !user}
          onClick={() => order.mutate(items)}
        >
          {order.isPending ? texts.buying : total?.isFree ? texts.getFree : texts.buy}
        </button>
      )}
      <OrderOutcome
        order={order}
        items={items}
        onAccept={(ticketId, version) => order.mutate(changeItem(ticketId, { version }))}
      />
    </section>
  );
}

/** Undefined until each price is known. */
function useTotal(items: readonly CartItem[]) {
  const texts = useTexts(sharedTexts);
  const { money } = useFormats();
  const tickets = useQueries({ queries: items.map(({ ticketId }) => ticketQuery(ticketId)) });
  const lines = items.map(({ quantity }, index) => ({ price: tickets[index]?.data?.price, quantity }));
  const [first] = tickets;
  if (!first?.data || !lines.every(hasPrice)) return undefined;
  const total = totalOf(lines);
  const isFree = Number(total) === 0;
  return { isFree, text: isFree ? texts.free : money(total, first.data.currency) };
}

const hasPrice = <L extends { price: string | undefined }>(line: L): line is L & { price: string } =>
  line.price !== undefined;
