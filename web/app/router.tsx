// Every page of the shop with its address. Each page is loaded when it is first shown.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Layout } from './layout.js';
import { NotFound } from './not-found.js';

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

export type Search = Readonly<{
  q?: string | undefined;
  sort?: 'price' | '-price' | 'startsAt' | undefined;
}>;

const sorts: readonly unknown[] = ['price', '-price', 'startsAt'];

// An absent field would keep its value from the URL, so it is set to undefined.
const searchIn = ({ q, sort }: Record<string, unknown>): Search => ({
  q: typeof q === 'string' && q !== '' ? q : undefined,
  sort: sorts.includes(sort) ? (sort as Search['sort']) : undefined,
});

/** Where a page leads after signing in. Only paths of this shop. */
export type Next = Readonly<{ next?: string | undefined }>;
const nextIn = ({ next }: Record<string, unknown>): Next => ({
  next: typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : undefined,
});

/** The status of the listed orders; without it, those that hold places. */
export type OrderFilter = Readonly<{ status?: 'cancelled' | 'refunded' }>;
const orderFilterIn = ({ status }: Record<string, unknown>): OrderFilter =>
  status === 'cancelled' || status === 'refunded' ? { status } : {};

const browse = createRoute({
  ...at('/'),
  validateSearch: searchIn,
  component: lazyRouteComponent(() => import('./browse/browse-page.js'), 'BrowsePage'),
});
const ticket = createRoute({
  ...at('/tickets/$ticketId'),
  component: lazyRouteComponent(() => import('./browse/ticket-page.js'), 'TicketPage'),
});
const cart = createRoute({
  ...at('/cart'),
  component: lazyRouteComponent(() => import('./cart/cart-page.js'), 'CartPage'),
});
const orders = createRoute({
  ...at('/orders'),
  validateSearch: orderFilterIn,
  component: lazyRouteComponent(() => import('./orders/orders-page.js'), 'OrdersPage'),
});
const order = createRoute({
  ...at('/orders/$orderId'),
  component: lazyRouteComponent(() => import('./orders/order-page.js'), 'OrderPage'),
});
const checkout = createRoute({
  ...at('/orders/$orderId/pay'),
  component: lazyRouteComponent(() => import('./checkout/checkout-page.js'), 'CheckoutPage'),
});
const sell = createRoute({
  ...at('/sell'),
  component: lazyRouteComponent(() => import('./sell/sell-page.js'), 'SellPage'),
});
const newTicket = createRoute({
  ...at('/sell/new'),
  component: lazyRouteComponent(() => import('./sell/new-ticket-page.js'), 'NewTicketPage'),
});
const ownTicket = createRoute({
  ...at('/sell/$ticketId'),
  component: lazyRouteComponent(() => import('./sell/own-ticket-page.js'), 'OwnTicketPage'),
});
const signIn = createRoute({
  ...at('/signin'),
  validateSearch: nextIn,
  component: lazyRouteComponent(() => import('./account/sign-in-page.js'), 'SignInPage'),
});
const signUp = createRoute({
  ...at('/signup'),
  validateSearch: nextIn,
  component: lazyRouteComponent(() => import('./account/sign-up-page.js'), 'SignUpPage'),
});
const forgotPassword = createRoute({
  ...at('/forgot-password'),
  component: lazyRouteComponent(() => import('./account/forgot-password-page.js'), 'ForgotPasswordPage'),
});
const account = createRoute({
  ...at('/account'),
  component: lazyRouteComponent(() => import('./account/account-page.js'), 'AccountPage'),
});
const notifications = createRoute({
  ...at('/notifications'),
  component: lazyRouteComponent(() => import('./notifications/notifications-page.js'), 'NotificationsPage'),
});
const inspect = createRoute({
  ...at('/inspect'),
  component: lazyRouteComponent(() => import('./inspect/inspect-page.js'), 'InspectPage'),
});

const office = createRoute({
  ...at('/office'),
  component: lazyRouteComponent(() => import('./office/office-page.js'), 'OfficePage'),
});
const officeRecord = createRoute({
  ...at('/office/$kind/$id'),
  component: lazyRouteComponent(() => import('./office/record-page.js'), 'RecordPage'),
});

const routeTree = root.addChildren([
  ...[browse, ticket, cart, orders, order, checkout, sell, newTicket, ownTicket],
  ...[signIn, signUp, forgotPassword, account, notifications, office, officeRecord, inspect],
]);

export const router = createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
