import { command } from './command.js';
import type { RunningService } from './running-service.js';

/** Something that a service stores, as the command `find` prints it. */
export type Found = Readonly<{
  /** account, person, ticket, order, payment, or `mail <kind>` */
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
  async (running: RunningService, { args: { text, request }, print }) => {
    const found = request ? findChangedBy(running, text) : findAll(running, text.split(','));
    for await (const one of found) await print(JSON.stringify(one));
  },
);

type Running = Pick<RunningService, 'service' | 'parts'>;

/** The data that a service stores under these ids and addresses. */
export async function* findAll(
  { service, parts: { ctx } }: Running,
  texts: readonly string[],
): AsyncGenerator<Found> {
  for (const text of texts) yield* service.find?.(ctx, text) ?? [];
}

/** The documents that a request changed, by its X-Request-Id or trace id. Reads whole collections. */
export async function* findChangedBy(running: Running, request: string): AsyncGenerator<Found> {
  yield* findAll(running, (await running.parts.storage.changedBy?.(request)) ?? []);
}
