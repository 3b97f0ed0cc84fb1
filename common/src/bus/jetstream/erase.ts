// Removes what the stream holds about one subject, so that a deleted person does not stay readable on the bus.
//
// Not covered: events that are published afterwards stay, and a server that is restored from a copy of its disk has the
// messages again. The age limit of the stream removes both.

import type { PurgeOpts } from '@nats-io/jetstream';
import { DependencyDown } from '../../errors.js';
import type { JetStreamState } from './connection.js';
import { managerOf, streamName, subjectOf, unlessMissing } from './stream.js';

/** @throws DependencyDown when the server did not confirm */
export async function erase(
  { options, nats, connectedSince }: JetStreamState,
  types: readonly string[],
  subject: string,
): Promise<boolean> {
  if (!nats || !connectedSince) throw new DependencyDown('bus');
  const { namespace } = options;
  try {
    const manager = await managerOf(nats);
    const purge = (opts: PurgeOpts) => unlessMissing(manager.streams.purge(streamName(namespace), opts));
    await Promise.all(types.map((type) => purge({ filter: subjectOf(namespace, type, subject) })));
    return true;
  } catch (error) {
    throw new DependencyDown('bus', { cause: error });
  }
}
