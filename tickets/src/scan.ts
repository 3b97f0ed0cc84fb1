// Reads one page of a search from one index, in the order of that index.
//
// Problem: not every combination of filters has an index. Guarantee: a page examines at most a thousand tickets and never
// sorts; the pages together contain each match once. Not promised: that a page is full. If the index does not cover all
// filters, the scan first finds (in the index alone) how far a thousand entries reach. It then reads up to that position
// and returns the matches; the next page begins there.

import { toState, type Documents, type Stored } from '@ticketing/common/documents';
import type { Collection, Document } from 'mongodb';
import { positionOf, type Order, type Plan } from './domain/search.js';
import type { Ticket } from './domain/ticket.js';

export const forSale: Ticket['status'] = 'available';

const maxExamined = 1_000;
const listed = Object.fromEntries(
  [
    ...['title', 'priceInMinorUnits', 'currency', 'userId', 'event', 'version'],
    ...['quantity', 'held', 'status', 'orderId', 'withdrawn'],
  ].map((name) => [name, 1]),
);

/** The page begins after the position `after`. */
export type PageRequest = Readonly<{ plan: Plan; after?: string | undefined; limit: number }>;
/** `next` is the position of the next page; undefined at the end. */
export type Page = Readonly<{ tickets: readonly Ticket[]; next: string | undefined }>;

/** the tag that the index is read by */
type Lead = string | undefined;
type Part = Readonly<{ plan: Plan; lead: Lead; after?: string | undefined; until?: string | undefined }>;

export function createScan({ model }: Pick<Documents<Ticket>, 'model'>, timeoutMs: number) {
  const collection = () => model.collection as unknown as Collection<Document>;

  // `rest` are the filters that the index does not cover.
  const read = (part: Part, rest: readonly Document[], projection: Document) => {
    const { order, descending } = part.plan;
    return collection()
      .find({ $and: [...indexFilter(part), ...rest] }, { projection, maxTimeMS: timeoutMs })
      .sort({ [order]: descending ? -1 : 1 })
      .hint(indexOf(part));
  };

  /** The position of the thousandth entry after `after`; undefined if there are fewer. */
  async function reach(part: Part): Promise<string | undefined> {
    const { order } = part.plan;
    const projection = { _id: 0, [order]: 1 };
    const [last] = await read(part, [], projection)
      .skip(maxExamined - 1)
      .limit(1)
      .toArray();
    return last && positionIn(last, order);
  }

  return async function page({ plan, after, limit }: PageRequest): Promise<Page> {
    const leads: readonly Lead[] =
      plan.ownerId !== undefined || plan.tags.length === 0 ? [undefined] : plan.tags;
    const parts: readonly Part[] = leads.map((lead) => ({ plan, lead, after }));
    const reached = await Promise.all(
      parts.map(async (part) => ({ ...part, until: isCovered(part) ? undefined : await reach(part) })),
    );
    const best = reached.reduce((a, b) => (isFurther(b, a) ? b : a));

    const found = await read(best, residualFilter(best), listed).limit(limit).toArray();
    const tickets = found.map((document) => toState(document as unknown as Stored<Ticket>));
    const last = tickets.at(-1);
    return { tickets, next: last && tickets.length === limit ? positionOf(last, plan.order) : best.until };
  };
}

const positionIn = (document: Document, order: Order) =>
  String(order.split('.').reduce<unknown>((value, name) => (value as Document)[name], document));

function indexOf({ plan: { ownerId, order }, lead }: Part): Record<string, 1 | -1> {
  if (ownerId !== undefined) return { userId: 1, [order]: 1 };
  return lead === undefined ? { status: 1, _id: -1 } : { status: 1, 'keys.tags': 1, [order]: 1 };
}

/** The conditions that the index covers. */
function indexFilter({ plan, lead, after, until }: Part): Document[] {
  const { ownerId, order, descending } = plan;
  const [beyond, upTo] = descending ? ['$lt', '$gte'] : ['$gt', '$lte'];
  return [
    ownerId === undefined ? { status: forSale } : { userId: ownerId },
    ...(lead === undefined ? [] : [{ 'keys.tags': lead }]),
    ...within(order, plan),
    ...(after === undefined ? [] : [{ [order]: { [beyond]: after } }]),
    ...(until === undefined ? [] : [{ [order]: { [upTo]: until } }]),
  ];
}

/** The conditions that need the document. */
function residualFilter({ plan, lead }: Part): Document[] {
  const tags = plan.tags.filter((tag) => tag !== lead);
  const orders = (Object.keys(plan.ranges) as Order[]).filter((order) => order !== plan.order);
  return [
    // With `$all` the server could read the index by another tag than `lead`.
    ...(tags.length > 0 ? [{ $expr: { $setIsSubset: [tags, { $ifNull: ['$keys.tags', []] }] } }] : []),
    ...(plan.currency === undefined ? [] : [{ currency: plan.currency }]),
    ...orders.flatMap((order) => within(order, plan)),
  ];
}

function within(order: Order, { ranges }: Plan): Document[] {
  const { from, below } = ranges[order] ?? {};
  return [
    ...(from === undefined ? [] : [{ [order]: { $gte: from } }]),
    ...(below === undefined ? [] : [{ [order]: { $lt: below } }]),
  ];
}

const isCovered = (part: Part) => residualFilter(part).length === 0;

/** Do a thousand entries of the first part reach further than those of the second? */
function isFurther({ plan, until: a }: Part, { until: b }: Part): boolean {
  if (a === undefined || b === undefined) return a === undefined && b !== undefined;
  return plan.descending ? a < b : a > b;
}
