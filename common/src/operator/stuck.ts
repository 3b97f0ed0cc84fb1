// The stuck items of a service, which should have ended by themselves: its own list, its dead letters and its unpublished events.

import type { Parts } from '../service/start.js';
import { command } from './command.js';
import type { RunningService } from './running-service.js';

/** Something that needs an operator, as the command `stuck` prints it. */
export type Stuck = Readonly<{
  /** the thing and its id: `order 6a0f…` */
  what: string;
  problem: string;
  since: Date;
  /** one sentence for the operator */
  action: string;
}>;

const publishedWithinMs = 60_000;

export const stuck = command(
  'stuck',
  'prints what should have ended by itself and has not, one JSON object a line',
  async (running: RunningService, { print }) => {
    for await (const item of findStuck(running)) await print(JSON.stringify(item));
  },
);

/** Everything in a service that needs an operator. */
export async function* findStuck({
  service,
  parts,
}: Pick<RunningService, 'service' | 'parts'>): AsyncGenerator<Stuck> {
  yield* service.stuck?.(parts.ctx) ?? [];
  yield* stuckMessages(service.name, parts);
}

async function* stuckMessages(name: string, { base, storage }: Parts<unknown>): AsyncGenerator<Stuck> {
  for await (const { diedAt } of storage.deadLetters.list()) {
    yield {
      what: `dead letters of ${name}`,
      problem: `${await storage.deadLetters.count()} in number`,
      since: diedAt,
      action: `List them with "ops dead-letters list ${name}", repair the cause, then replay them.`,
    };
    break;
  }
  for (const outbox of storage.outboxes) {
    const { entries, oldest } = await outbox.depth();
    if (!oldest || base.now().getTime() - oldest.getTime() < publishedWithinMs) continue;
    yield {
      what: `outbox of ${name}`,
      problem: `${entries} events are not published`,
      since: oldest,
      action: 'Look at the bus and at the pods of the service, which publish them as soon as they can.',
    };
  }
}
