// The queries of the back office: the data of each service, and how one finding leads to the next.

import type { DataOf } from '@ticketing/client';
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';
import { idsToFollow, mergeHistories, withoutRepeats, type Found, type HistoryEntry } from './follow.js';

export type Overview = DataOf<'showOverviewOfOrders'>;
type Search = Readonly<{ texts: readonly string[]; request?: boolean }>;

/** The services with a back office, in the order in which their findings are shown. */
const services = {
  auth: {
    find: async (search: Search) => dataOf(await api.findInAuth(search)),
    history: async (id: string) => dataOf(await api.showHistoryInAuth({ id })),
    overview: async () => dataOf(await api.showOverviewOfAuth()),
  },
  tickets: {
    find: async (search: Search) => dataOf(await api.findInTickets(search)),
    history: async (id: string) => dataOf(await api.showHistoryInTickets({ id })),
    overview: async () => dataOf(await api.showOverviewOfTickets()),
  },
  orders: {
    find: async (search: Search) => dataOf(await api.findInOrders(search)),
    history: async (id: string) => dataOf(await api.showHistoryInOrders({ id })),
    overview: async () => dataOf(await api.showOverviewOfOrders()),
  },
  payments: {
    find: async (search: Search) => dataOf(await api.findInPayments(search)),
    history: async (id: string) => dataOf(await api.showHistoryInPayments({ id })),
    overview: async () => dataOf(await api.showOverviewOfPayments()),
  },
  notifications: {
    find: async (search: Search) => dataOf(await api.findInNotifications(search)),
    history: async (id: string) => dataOf(await api.showHistoryInNotifications({ id })),
    overview: async () => dataOf(await api.showOverviewOfNotifications()),
  },
};
export type ServiceName = keyof typeof services;
export const serviceNames = Object.keys(services) as readonly ServiceName[];

/** A service that does not answer does not hide what the others found. */
export type Findings = Readonly<{
  found: readonly Found[];
  silent: readonly ServiceName[];
  problem: unknown;
}>;

async function search(names: readonly ServiceName[], asked: Search): Promise<Findings> {
  const answers = await Promise.allSettled(names.map((name) => services[name].find(asked)));
  const failed = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as unknown] : [],
  );
  return {
    found: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    silent: names.filter((_name, at) => answers[at]?.status === 'rejected'),
    problem: failed[0],
  };
}

/** All data about an e-mail address, an id or a request, from all services. */
export async function findEverywhere(text: string): Promise<Findings> {
  const direct = await search(serviceNames, { texts: [text] });
  const isUnknown = direct.found.length === 0 && !text.includes('@');
  const first = isUnknown ? await search(serviceNames, { texts: [text], request: true }) : direct;

  const texts = idsToFollow(first.found, text).slice(0, 100);
  if (texts.length === 0) return first;
  const next = await search(['tickets', 'orders', 'payments'], { texts });
  return {
    found: withoutRepeats([...first.found, ...next.found]),
    silent: [...new Set([...first.silent, ...next.silent])],
    problem: first.problem ?? next.problem,
  };
}

export const findQuery = (text: string) =>
  queryOptions({ queryKey: ['office', 'find', text], queryFn: () => findEverywhere(text), staleTime: 0 });

export const overviewQuery = (name: ServiceName) =>
  queryOptions({ queryKey: ['office', 'overview', name], queryFn: services[name].overview });

export type Kind = 'account' | 'ticket' | 'order';
/** The services that keep its history. */
const ownersOf: Readonly<Record<Kind, readonly ServiceName[]>> = {
  account: ['auth'],
  ticket: ['tickets'],
  // A payment has the id of its order.
  order: ['orders', 'payments'],
};

/** One thing with what belongs to it, and its history. */
export const recordQuery = (kind: Kind, id: string) =>
  queryOptions({
    queryKey: ['office', 'record', kind, id],
    queryFn: async () => {
      const findings = await search(serviceNames, { texts: [id] });
      const found = withoutRepeats(findings.found);
      const own = await Promise.all(ownersOf[kind].map((name) => services[name].history(id)));
      const history = mergeHistories([...own.flat(), ...(await ofTicket(kind, id, found))], id);
      return { ...findings, found, history };
    },
  });

/** The changes of an order's ticket. */
async function ofTicket(kind: Kind, id: string, found: readonly Found[]): Promise<HistoryEntry[]> {
  const ticketId = found.find((one) => one.what === 'order' && one.id === id)?.related['ticket'];
  if (kind !== 'order' || ticketId === undefined) return [];
  return [...(await services.tickets.history(ticketId))];
}
