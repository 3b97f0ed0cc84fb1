// A page of a search, from one index, in its order.
//
// Problem: not every combination of filters has an index. Guarantee: whatever is asked, a page examines at most a thousand
// tickets, never sorts, and nothing that fits is left out or comes twice on the way from page to page. Not promised: that
// a page is full. Where one index does not answer all, we first look (in the index alone) how far a thousand of its
// entries reach, then read so far and return what fits; the next page begins there.

import { toState, type Documents, type Stored } from '@ticketing/common/documents';
import type { Collection, Document } from 'mongodb';
import { positionOf, type Order, type Plan } from './domain/search.js';
import type { Ticket } from './domain/ticket.js';

export const forSale: Ticket['status'] = 'available';

const mostExamined = 1_000;
const listed = Object.fromEntries(
  ['title', 'priceInMinorUnits', 'currency', 'userId', 'event', 'status', 'orderId', 'version'].map(
    (name) => [name, 1],
  ),
);

/** `after` is the position behind which the page begins. */
export type PageRequest = Readonly<{ plan: Plan; after?: string | undefined; limit: number }>;
/** `next` is the position to go on from; undefined at the end. */
export type Page = Readonly<{ tickets: readonly Ticket[]; next: string | undefined }>;

type Lead = string | undefined;
type Part = Readonly<{ plan: Plan; lead: Lead; after?: string | undefined; until?: string | undefined }>;

export function createScan({ model }: Pick<Documents<Ticket>, 'model'>, timeoutMs: number) {
  const collection = () => model.collection as unknown as Collection<Document>;

  // `more` is what the index does not say.
  const read = (part: Part, more: readonly Document[], projection: Document) => {
    const { order, descending } = part.plan;
    return collection()
      .find({ $and: [...inIndex(part), ...more] }, { projection, maxTimeMS: timeoutMs })
      .sort({ [order]: descending ? -1 : 1 })
      .hint(indexOf(part));
  };

  /** How far a thousand entries reach from `after`; undefined when there are not so many. */
  async function reach(part: Part): Promise<string | undefined> {
    const { order } = part.plan;
    const projection = { _id: 0, [order]: 1 };
    const [last] = await read(part, [], projection)
      .skip(mostExamined - 1)
      .limit(1)
      .toArray();
    return last && positionIn(last, order);
  }

  return async function page({ plan, after, limit }: PageRequest): Promise<Page> {
    const leads: readonly Lead[] =
      plan.ownerId !== undefined || plan.tags.length === 0 ? [undefined] : plan.tags;
    const parts: readonly Part[] = leads.map((lead) => ({ plan, lead, after }));
    const reached = await Promise.all(
      parts.map(async (part) => ({ ...part, until: isWhole(part) ? undefined : await reach(part) })),
    );
    const best = reached.reduce((a, b) => (isFurther(b, a) ? b : a));

    const found = await read(best, besideIndex(best), listed).limit(limit).toArray();
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

/** What the index answers by itself. */
function inIndex({ plan, lead, after, until }: Part): Document[] {
  const { ownerId, order, descending } = plan;
  const [behind, upTo] = descending ? ['$lt', '$gte'] : ['$gt', '$lte'];
  return [
    ownerId === undefined ? { status: forSale } : { userId: ownerId },
    ...(lead === undefined ? [] : [{ 'keys.tags': lead }]),
    ...within(order, plan),
    ...(after === undefined ? [] : [{ [order]: { [behind]: after } }]),
    ...(until === undefined ? [] : [{ [order]: { [upTo]: until } }]),
  ];
}

/** What must be looked up in the tickets. */
function besideIndex({ plan, lead }: Part): Document[] {
  const tags = plan.tags.filter((tag) => tag !== lead);
  const orders = (Object.keys(plan.ranges) as Order[]).filter((order) => order !== plan.order);
  return [
    // Not `$all`, with which the server might begin at another tag than the one that we have chosen.
    ...(tags.length > 0 ? [{ $expr: { $setIsSubset: [tags, { $ifNull: ['$keys.tags', []] }] } }] : []),
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

const isWhole = (part: Part) => besideIndex(part).length === 0;

/** Does a thousand entries of `a` take us further? */
function isFurther({ plan, until: a }: Part, { until: b }: Part): boolean {
  if (a === undefined || b === undefined) return a === undefined && b !== undefined;
  return plan.descending ? a < b : a > b;
}
