// Hears every message of some types in this process: a plain subscription to their subjects.
//
// It needs no permission to create consumers, which would include those of other services. But the server keeps no
// position, so messages may be lost, and only a disconnect shows it: see `Listening.missed`.

import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { BusOptions, Listening } from '../bus.js';
import { subjectOf } from './stream.js';

export type Listener = { readonly listening: Listening; subscriptions: readonly Subscription[] };

type Options = Pick<BusOptions, 'namespace' | 'log'>;

export const createListener = (listening: Listening): Listener => ({ listening, subscriptions: [] });

/** Subscribes on a new connection, or again after a reconnect: the server may have refused it before. */
export async function subscribe(
  nats: NatsConnection,
  listener: Listener,
  { namespace, log }: Options,
): Promise<void> {
  const { types, hear, missed } = listener.listening;
  for (const subscription of listener.subscriptions) subscription.unsubscribe();
  listener.subscriptions = types.map((type) =>
    nats.subscribe(subjectOf(namespace, type, '*'), {
      callback: (error, message) => {
        if (error)
          log.error(
            { err: error, type, alarm: true },
            'the bus does not let this service listen: live updates are late (see docs/operations.md)',
          );
        else hear(() => message.string());
      },
    }),
  );
  try {
    // From the server's answer on, nothing is missing.
    await nats.flush();
  } catch (error) {
    log.debug({ err: error }, 'bus disconnected before it confirmed the subscriptions for live updates');
    return;
  }
  missed();
}
