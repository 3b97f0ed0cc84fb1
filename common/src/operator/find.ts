import { command } from './command.js';
import type { Operated } from './operated.js';

/** Something that a service stores, as the command `find` prints it. */
export type Found = Readonly<{
  /** account, ticket, order or payment */
  what: string;
  id: string;
  status: string;
  /** what belongs to it, by name: the order, the ticket, the buyer, the intent at Stripe */
  related: Readonly<Record<string, string | undefined>>;
}>;

export const find = command(
  'find <text> [--request]',
  'prints what this service stores under an id or an address (several: divided by commas), one JSON object a line; ' +
    '--request: what a request changed, by its X-Request-Id or trace id',
  async ({ service, parts: { ctx, storage } }: Operated, { args: { text, request }, print }) => {
    const texts = request ? ((await storage.changedBy?.(text)) ?? []) : text.split(',');
    for (const one of texts)
      for await (const found of service.find?.(ctx, one) ?? []) await print(JSON.stringify(found));
  },
);
