import type { Listening } from '../bus.js';
import { toError, type StanClient } from './client.js';

/** Subscribes to the new messages of a channel. The server forgets the subscription with the connection. */
export async function hearChannel(
  { stan, ended, end }: StanClient,
  channel: string,
  hear: Listening['hear'],
): Promise<void> {
  const subscription = stan.subscribe(channel, stan.subscriptionOptions());
  for (const event of ['error', 'timeout'])
    subscription.on(event, (reason: unknown) => end(toError(reason ?? event)));
  subscription.on('message', (message: { getRawData(): Buffer }) =>
    hear(() => message.getRawData().toString()),
  );
  const ready = new Promise<undefined>((resolve) => subscription.once('ready', () => resolve(undefined)));
  const failure = await Promise.race([ready, ended]);
  if (failure) throw failure;
}
