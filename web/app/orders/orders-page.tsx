// The orders of the user, newest first.

import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { SignedInOnly } from '../account/signed-in.js';
import { TimeLeft, useServerTime } from '../checkout/countdown.js';
import type { OrderFilter } from '../router.js';
import { api, dataOf } from '../shared/api.js';
import { Choice } from '../shared/field.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { PagedList, usePages } from '../shared/paging.js';
import { orderQuery, queryClient, ticketQuery } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { useLiveOrders } from './live-orders.js';
import { stateOf, type Order } from './order-state.js';
import './orders.css';
import { StateTag } from './state-tag.js';
import { ordersTexts } from './texts.js';

export function OrdersPage() {
  const texts = useTexts(ordersTexts);
  return (
    <SignedInOnly path="/orders">
      <Page title={texts.title}>
        <Orders />
      </Page>
    </SignedInOnly>
  );
}

function Orders() {
  const texts = useTexts(ordersTexts);
  const search = useSearch({ from: '/orders' });
  const { status } = search;
  const { found, items } = useFound(status);
  const orders = useShown(items);
  return (
    <>
      <Filter {...search} />
      <PagedList
        found={found}
        label={texts.title}
        className="orders stack"
        none={texts.none[status ?? 'holding']}
      >
        {orders.map((order) => (
          <li key={order.id}>
            <OrderCard order={order} />
          </li>
        ))}
      </PagedList>
    </>
  );
}

const useFound = (status: OrderFilter['status']) =>
  usePages({
    queryKey: ['orders', status ?? ''],
    read: async (page, options) => {
      const result = await api.listOrders({ limit: 10, ...(status && { status }), ...page }, options);
      const items = dataOf(result);
      for (const order of items) queryClient.setQueryData(orderQuery(order.id).queryKey, order);
      return { items, headers: result.headers };
    },
  });

/** The present state of the found orders. */
function useShown(orders: readonly Order[]): readonly Order[] {
  useLiveOrders();
  const live = useQueries({ queries: orders.map(({ id }) => ({ ...orderQuery(id), enabled: false })) });
  return orders.map((order, index) => live[index]?.data ?? order);
}

function Filter({ status }: OrderFilter) {
  const texts = useTexts(ordersTexts);
  const navigate = useNavigate({ from: '/orders' });
  return (
    <Choice
      label={texts.show}
      value={status ?? 'holding'}
      onChange={({ currentTarget: { value } }) =>
        void navigate({ search: value === 'holding' ? {} : { status: value as 'cancelled' } })
      }
    >
      {Object.entries(texts.filters).map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Choice>
  );
}

function OrderCard({ order }: Readonly<{ order: Order }>) {
  const texts = useTexts(ordersTexts);
  const shared = useTexts(sharedTexts);
  const { money, eventTime } = useFormats();
  const { id: orderId, ticket, items, total } = order;
  const { data } = useQuery({ ...ticketQuery(ticket.id), staleTime: 300_000 });
  const state = stateOf(order, undefined, useServerTime());
  const count = items.reduce((sum, { places }) => sum + places.length, 0);
  return (
    <article className="card order">
      <div>
        <h2>
          <Link to="/orders/$orderId" params={{ orderId }}>
            {ticket.title}
          </Link>
        </h2>
        {items.length > 1 && <p>{texts.andMore(items.length - 1)}</p>}
        {data?.event && <p className="small muted">{eventTime(data.event)}</p>}
        <p className="row">
          <span className="price">{Number(total) === 0 ? shared.free : money(total, ticket.currency)}</span>
          {count > 0 && <span>{shared.places(count)}</span>}
          <StateTag state={state} />
        </p>
      </div>
      {state === 'open' && (
        <p className="row">
          <TimeLeft until={order.expiresAt} />
          <Link
            to="/orders/$orderId/pay"
            params={{ orderId }}
            className="button button-main"
            aria-label={`${texts.pay}: ${ticket.title}`}
          >
            {texts.pay}
          </Link>
        </p>
      )}
    </article>
  );
}
